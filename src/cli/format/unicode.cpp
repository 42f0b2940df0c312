#include "cli/format/unicode.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace mydock::cli {

namespace {

struct Range {
  std::uint32_t first, last;
};
constexpr std::array kWide = {
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0x33ff},
    Range{0x3400, 0x4dbf},   Range{0x4e00, 0x9fff},   Range{0xa000, 0xa4cf},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f900, 0x1f9ff}, Range{0x20000, 0x3fffd},
};

std::size_t rune_width(std::uint32_t code) {
  if (code >= 0x300 && code <= 0x36f) return 0;
  const bool wide = std::any_of(kWide.begin(), kWide.end(),
                                [&](Range r) { return code >= r.first && code <= r.last; });
  return wide ? 2 : 1;
}

// Bidirectional controls can make a line read differently from what it is.
bool is_deceptive(std::uint32_t code) {
  return (code >= 0x80 && code <= 0x9f) || (code >= 0x200e && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

Rune decode_rune(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  std::size_t length = 0;
  std::uint32_t code = 0;
  std::uint32_t least = 0;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2, code = first & 0x1fU, least = 0x80;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3, code = first & 0x0fU, least = 0x800;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4, code = first & 0x07U, least = 0x10000;
  }
  if (length == 0 || text.size() < length) return {};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, length, true};
}

std::string encode_rune(std::uint32_t code) {
  std::string out;
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0U | (code >> 6U)), put(0x80U | (code & 0x3fU));
  } else if (code < 0x10000) {
    put(0xe0U | (code >> 12U)), put(0x80U | ((code >> 6U) & 0x3fU)), put(0x80U | (code & 0x3fU));
  } else {
    put(0xf0U | (code >> 18U)), put(0x80U | ((code >> 12U) & 0x3fU));
    put(0x80U | ((code >> 6U) & 0x3fU)), put(0x80U | (code & 0x3fU));
  }
  return out;
}

std::size_t count_runes(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) at += decode_rune(text.substr(at)).length;
  return count;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = decode_rune(text.substr(at));
    width += rune_width(rune.code);
    at += rune.length;
  }
  return width;
}

std::string_view first_runes(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < count && at < text.size(); ++i) {
    at += decode_rune(text.substr(at)).length;
  }
  return text.substr(0, at);
}

std::string ellipsis(std::string_view text, std::size_t width) {
  if (width == 0) return {};
  if (display_width(text) <= width) return std::string(text);
  std::size_t at = 0;
  std::size_t used = 0;
  while (at < text.size()) {
    const Rune rune = decode_rune(text.substr(at));
    if (used + rune_width(rune.code) > width - 1) break;
    used += rune_width(rune.code);
    at += rune.length;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = decode_rune(text.substr(at));
    const std::string_view bytes = text.substr(at, rune.length);
    at += rune.length;
    if (!rune.valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
    } else if ((rune.code < 0x20 && rune.code != '\n' && rune.code != '\t') || rune.code == 0x7f) {
      out += fmt::format("\\x{:02x}", rune.code);
    } else if (is_deceptive(rune.code)) {
      out += fmt::format("\\u{:04x}", rune.code);
    } else {
      out += bytes;
    }
  }
  return out;
}

}  // namespace mydock::cli
