#include "runtime/shim/log/json_text.h"

#include <array>
#include <cstdint>

namespace mydock::runtime::shim {

namespace {

// Bytes that stand for themselves.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t i = 0x20; i < 0x80; ++i) plain[i] = true;
  for (const char c : {'"', '\\', '<', '>', '&'}) plain[static_cast<std::size_t>(c)] = false;
  return plain;
}();

std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
}

// The length of the UTF-8 character at the front; 0: it is none.
std::size_t character_length(std::string_view text) {
  const std::uint8_t first = byte_at(text, 0);
  const std::uint8_t second = byte_at(text, 1);
  const auto continues = [&](std::size_t i) { return (byte_at(text, i) & 0xC0U) == 0x80U; };
  if (first < 0xC2 || first > 0xF4 || !continues(1)) return 0;
  if (first < 0xE0) return 2;
  if (!continues(2)) return 0;
  if (first < 0xF0) {
    const bool wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F);
    return wrong ? 0 : 3;
  }
  const bool wrong = (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return wrong || !continues(3) ? 0 : 4;
}

void append_ascii(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && kPlain[static_cast<unsigned char>(text[run])]) ++run;
    out.append(text.data(), run);
    text.remove_prefix(run);
    if (text.empty()) return;
    std::size_t taken = 1;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      append_ascii(out, text[0]);
    } else if (const std::size_t length = character_length(text); length == 0) {
      out += "\\ufffd";
    } else {
      taken = length;
      // Two line separators that JavaScript takes for line ends.
      if (text.starts_with("\xE2\x80\xA8")) {
        out += "\\u2028";
      } else if (text.starts_with("\xE2\x80\xA9")) {
        out += "\\u2029";
      } else {
        out.append(text.data(), length);
      }
    }
    text.remove_prefix(taken);
  }
}

void TimeText::append(std::string& out, Time time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_ || second_text_.empty()) {
    second_text_ = to_rfc3339(second);
    second_text_.pop_back();  // the Z
    second_ = second;
  }
  out += second_text_;
  auto rest = static_cast<std::uint32_t>((time - second).count());
  if (rest != 0) {
    std::array<char, 10> digits;
    digits[0] = '.';
    std::size_t length = digits.size();
    for (std::size_t i = digits.size(); i-- > 1; rest /= 10) {
      digits[i] = static_cast<char>('0' + rest % 10);
    }
    while (digits[length - 1] == '0') --length;
    out.append(digits.data(), length);
  }
  out += 'Z';
}

}  // namespace mydock::runtime::shim
