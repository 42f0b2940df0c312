#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How the text of an instruction is cut up. Nothing here expands variables.
namespace mydock::build {

std::string_view trim_left(std::string_view text);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);
std::string upper(std::string_view text);

// {first word, the rest without its leading blanks}.
std::pair<std::string_view, std::string_view> split_command(std::string_view line);
// Takes the leading words that begin with "--" off `text`, quotes removed.
std::vector<std::string> take_flags(std::string_view& text, char escape);
// At blanks outside quotes; quotes and escapes are kept for the expansion.
std::vector<std::string> split_words(std::string_view text, char escape);
std::vector<std::string> split_blanks(std::string_view text);
// A JSON list of strings; no value when it is no JSON. Errors: invalid, for other JSON elements.
std::optional<std::vector<std::string>> json_words(std::string_view text);

struct HeredocMark {
  std::string name;
  bool strip_tabs = false;
  bool expand = true;
};
// "<<EOF" as a word of its own; no value when it is not that.
std::optional<HeredocMark> heredoc_mark(std::string_view word);
// Those of an instruction that may have some, none for others.
std::vector<HeredocMark> heredoc_marks(std::string_view line, char escape);

}  // namespace mydock::build
