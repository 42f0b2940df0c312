#include "runtime/shim/protocol.h"

namespace mydock::runtime::shim {

namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

WireError to_wire(const Error& error) {
  return {std::string(to_string(error.kind())), error.message(), error.error_number()};
}

Error from_wire(const WireError& error) {
  return {kind_from_string(error.kind), error.message, error.error_number};
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) fail(Kind::invalid, "an odd number of hex digits");
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit_value(text[i]);
    const int low = digit_value(text[i + 1]);
    if (high < 0 || low < 0) fail(Kind::invalid, "not a hex digit");
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace mydock::runtime::shim
