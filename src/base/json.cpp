#include "base/json.h"

#include <cmath>
#include <limits>

#include <strings.h>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace mydock {

namespace {

constexpr int kDeepest = 64;

// Length of the UTF-8 sequence at the front of `text`; 0 when it is not well-formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies past U+10FFFF.
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
      (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return length;
}

void append_quoted(std::string& out, std::string_view value) {
  out += '"';
  while (!value.empty()) {
    const char c = value[0];
    std::size_t taken = 1;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else if (const std::size_t length = utf8_length(value)) {
      taken = length;
      // Go escapes these two line separators always.
      if (value.starts_with("\xE2\x80\xA8")) {
        out += "\\u2028";
      } else if (value.starts_with("\xE2\x80\xA9")) {
        out += "\\u2029";
      } else {
        out += value.substr(0, length);
      }
    } else {
      out += "\\ufffd";
    }
    value.remove_prefix(taken);
  }
  out += '"';
}

// How deep brackets are nested outside strings; of what is no JSON, anything.
int depth_of(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

void JsonWriter::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_ += ':';
  comma_ = false;
}

void JsonWriter::begin(char bracket) {
  separate();
  out_ += bracket;
  comma_ = false;
}

void JsonWriter::end(char bracket) {
  out_ += bracket;
  comma_ = true;
}

void JsonWriter::text(std::string_view value) {
  separate();
  append_quoted(out_, value);
}

void JsonWriter::number(std::int64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonWriter::number(std::uint64_t value) {
  separate();
  out_ += std::to_string(value);
}

void JsonWriter::number(double value) {
  separate();
  out_ += fmt::format("{}", std::isfinite(value) ? value : 0.0);
  if (out_.ends_with(".0")) out_.resize(out_.size() - 2);
}

void JsonWriter::literal(std::string_view value) {
  separate();
  out_ += value;
}

std::string json_quote(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

const nlohmann::json* JsonReader::find(std::string_view name) const {
  if (!value_->is_object()) return nullptr;
  if (const auto exact = value_->find(name); exact != value_->end()) {
    return exact->is_null() ? nullptr : &*exact;
  }
  for (const auto& [key, member] : value_->items()) {
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0) {
      return member.is_null() ? nullptr : &member;
    }
  }
  return nullptr;
}

void JsonReader::wrong(std::string_view expected) const {
  fail(Kind::invalid, "json: cannot unmarshal {} into field {}: expected {}", value_->type_name(),
       name_.empty() ? "(document)" : name_, expected);
}

bool JsonReader::is_null() const { return value_->is_null(); }
bool JsonReader::is_text() const { return value_->is_string(); }
bool JsonReader::is_list() const { return value_->is_array(); }
bool JsonReader::is_object() const { return value_->is_object(); }

std::string JsonReader::text() const {
  if (!value_->is_string()) wrong("a string");
  return value_->get<std::string>();
}

bool JsonReader::boolean() const {
  if (!value_->is_boolean()) wrong("a boolean");
  return value_->get<bool>();
}

std::int64_t JsonReader::integer(std::int64_t least, std::int64_t most) const {
  if (!value_->is_number_integer()) wrong("an integer");
  if (value_->is_number_unsigned() &&
      value_->get<std::uint64_t>() >
          static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    wrong("an integer in range");
  }
  const auto number = value_->get<std::int64_t>();
  if (number < least || number > most) wrong("an integer in range");
  return number;
}

std::uint64_t JsonReader::natural() const {
  if (!value_->is_number_unsigned()) wrong("an unsigned integer");
  return value_->get<std::uint64_t>();
}

double JsonReader::real() const {
  if (!value_->is_number()) wrong("a number");
  return value_->get<double>();
}

std::string JsonReader::dump() const { return value_->dump(); }
std::size_t JsonReader::size() const { return value_->size(); }
JsonReader JsonReader::item(std::size_t index) const { return {(*value_)[index], name_}; }

std::vector<std::pair<std::string, const nlohmann::json*>> JsonReader::list_members() const {
  if (!value_->is_object()) wrong("an object");
  std::vector<std::pair<std::string, const nlohmann::json*>> result;
  for (const auto& [key, member] : value_->items()) result.emplace_back(key, &member);
  return result;
}

namespace {

// Without the parser's own name for itself: clients show this.
std::string syntax_problem(std::string_view text, const nlohmann::json::exception& error) {
  const auto* parse = dynamic_cast<const nlohmann::json::parse_error*>(&error);
  if (parse == nullptr) return "invalid JSON";
  if (parse->byte == 0 || parse->byte > text.size()) return "invalid JSON: unexpected EOF";
  const unsigned char c = static_cast<unsigned char>(text[parse->byte - 1]);
  if (c < 0x20 || c >= 0x7f) return fmt::format("invalid JSON: at byte {}", parse->byte);
  return fmt::format("invalid JSON: invalid character '{}' at byte {}", static_cast<char>(c),
                     parse->byte);
}

}  // namespace

JsonDocument::JsonDocument(std::string_view text) : value_(std::make_unique<nlohmann::json>()) {
  // Before parsing, not in its callback: that one makes the parser half as fast.
  if (depth_of(text) > kDeepest) {
    fail(Kind::invalid, "JSON is nested more than {} levels deep", kDeepest);
  }
  try {
    *value_ = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& error) {
    throw Error(Kind::invalid, syntax_problem(text, error));
  }
}

JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;
JsonReader JsonDocument::root() const { return JsonReader(*value_); }

}  // namespace mydock
