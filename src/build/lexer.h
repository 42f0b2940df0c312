#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "build/dockerfile.h"

namespace mydock::build {

// A logical line: continuations joined, comments gone, heredocs behind it.
struct LogicalLine {
  std::string text;
  std::vector<Heredoc> heredocs;
  int line = 0;
  int last_line = 0;
};

struct Lexed {
  char escape = '\\';
  std::string syntax;
  std::vector<LogicalLine> lines;
  std::vector<std::string> warnings;
};

// Errors: invalid, with the line's number.
Lexed lex(std::string_view text);
// Throws invalid "dockerfile parse error on line N: problem".
[[noreturn]] void fail_on_line(int line, std::string_view problem);

}  // namespace mydock::build
