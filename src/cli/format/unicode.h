#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mydock::cli {

struct Rune {
  std::uint32_t code = 0xfffd;
  std::size_t length = 1;  // bytes that it took; 1 for a byte that is not UTF-8
  bool valid = false;
};

// The first character of a text that is not empty.
Rune decode_rune(std::string_view text);
std::string encode_rune(std::uint32_t code);
std::size_t count_runes(std::string_view text);
// Columns on a terminal: 2 for the wide East Asian and emoji ranges, 0 for combining marks.
std::size_t display_width(std::string_view text);
// Docker's cut: at most `width` columns, the last one an ellipsis if something was dropped.
std::string ellipsis(std::string_view text, std::size_t width);
// The first `count` characters.
std::string_view first_runes(std::string_view text, std::size_t count);
// Makes what another machine said safe to show: control characters but newline and tab become
// \xNN or \uNNNN, so that they cannot move the cursor, set a title or hide a line.
std::string escape_controls(std::string_view text);

}  // namespace mydock::cli
