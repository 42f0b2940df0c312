#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace mydock::oci {

// "sha256:<64 lower-case hex>" or "sha512:<128>". A value that is not empty has been validated, so
// it is safe as a file name. Empty (default-made) means "none".
class Digest {
 public:
  Digest() = default;
  // Errors: invalid ("invalid digest …", "unsupported digest algorithm …").
  static Digest parse(std::string_view text);
  static std::optional<Digest> find(std::string_view text);  // no value: not a digest

  bool empty() const { return text_.empty(); }
  const std::string& str() const { return text_; }
  std::string_view algorithm() const;
  std::string_view hex() const;
  auto operator<=>(const Digest&) const = default;

 private:
  explicit Digest(std::string_view text) : text_(text) {}
  std::string text_;
};

// Of a layer's uncompressed tar.
struct DiffId {
  Digest digest;
  const std::string& str() const { return digest.str(); }
  auto operator<=>(const DiffId&) const = default;
};

// Of a stack of layers.
struct ChainId {
  Digest digest;
  const std::string& str() const { return digest.str(); }
  std::string_view hex() const { return digest.hex(); }
  auto operator<=>(const ChainId&) const = default;
};

void write_json(JsonWriter& writer, const Digest& digest);
void read_json(const JsonReader& reader, Digest& digest);
void write_json(JsonWriter& writer, const DiffId& id);
void read_json(const JsonReader& reader, DiffId& id);

}  // namespace mydock::oci
