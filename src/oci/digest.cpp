#include "oci/digest.h"

#include <algorithm>

#include "base/error.h"

namespace mydock::oci {

namespace {

std::size_t hex_length(std::string_view algorithm) {
  if (algorithm == "sha256") return 64;
  if (algorithm == "sha512") return 128;
  return 0;
}

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<Digest> Digest::find(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::size_t length = hex_length(text.substr(0, colon));
  const std::string_view hex = text.substr(colon + 1);
  if (length == 0 || hex.size() != length || !is_hex(hex)) return std::nullopt;
  return Digest(text);
}

Digest Digest::parse(std::string_view text) {
  if (const auto digest = find(text)) return *digest;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view algorithm = text.substr(0, colon);
  if (colon < text.size() && !algorithm.empty() && hex_length(algorithm) == 0) {
    fail(Kind::invalid, "unsupported digest algorithm {}", json_quote(algorithm.substr(0, 64)));
  }
  fail(Kind::invalid, "invalid digest {}", json_quote(text.substr(0, 160)));
}

std::string_view Digest::algorithm() const {
  return std::string_view(text_).substr(0, std::min(text_.find(':'), text_.size()));
}

std::string_view Digest::hex() const {
  return text_.empty() ? std::string_view() : std::string_view(text_).substr(text_.find(':') + 1);
}

void write_json(JsonWriter& writer, const Digest& digest) { writer.text(digest.str()); }

void read_json(const JsonReader& reader, Digest& digest) {
  const std::string text = reader.text();
  digest = text.empty() ? Digest() : Digest::parse(text);
}

void write_json(JsonWriter& writer, const DiffId& id) { write_json(writer, id.digest); }
void read_json(const JsonReader& reader, DiffId& id) { read_json(reader, id.digest); }

}  // namespace mydock::oci
