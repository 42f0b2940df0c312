#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mydock::cli {

struct Token {
  enum class Kind {
    text,
    open,
    close,  // outside of {{ }}, {{, }}
    field,
    variable,
    word,  // .Name, $name, name
    dot,
    number,
    string,
    character,
    pipe,
    left_paren,
    right_paren,
    declare,
    assign,
    comma,
    end,
  };
  Kind kind = Kind::end;
  std::string text;  // as written, but `text` after trimming
  int line = 1;
  int column = 0;  // bytes from the start of its line
  bool space_before = false;
};

// Splits into text and the tokens of actions; drops comments, applies {{- and -}}.
// Errors: invalid ("template: :1: unterminated quoted string").
std::vector<Token> split_template(std::string_view text);
[[noreturn]] void template_error(int line, std::string_view what);

}  // namespace mydock::cli
