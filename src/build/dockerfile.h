#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mydock::build {

struct Heredoc {
  std::string name;
  std::string content;  // tabs are stripped already where "<<-" asked for it
  bool expand = true;   // the delimiter was not quoted
  bool operator==(const Heredoc&) const = default;
};

// One instruction as it was written, cut into its parts; nothing is expanded.
struct Instruction {
  std::string keyword;                                     // upper case
  std::string original;                                    // the logical line, for people
  std::map<std::string, std::vector<std::string>> flags;   // "from" -> {"base"}
  std::vector<std::string> words;                          // the arguments by its shape
  std::vector<std::pair<std::string, std::string>> pairs;  // ENV, LABEL: raw names and values
  bool json = false;                                       // the words were a JSON list
  std::string rest;                                        // the text after the flags
  std::vector<Heredoc> heredocs;
  int line = 0;  // the first one, from 1
  int last_line = 0;

  // The value of a flag that may be given once; no value: not given.
  std::optional<std::string> flag(std::string_view name) const;
  std::vector<std::string> flag_list(std::string_view name) const;
  bool flag_set(std::string_view name) const;  // of a boolean one
};

struct Stage {
  Instruction from;
  std::string base;      // not expanded
  std::string platform;  // not expanded; "" when not given
  std::string name;      // lower case; "" when it has none
  std::vector<Instruction> instructions;
};

struct Dockerfile {
  char escape = '\\';
  std::string syntax;                // of the "# syntax=" directive
  std::vector<Instruction> globals;  // ARGs before the first FROM
  std::vector<Stage> stages;         // at least one
  std::vector<std::string> warnings;
};

// Errors: invalid, "dockerfile parse error on line N: …". Limits: 1 MiB, lines of 64 KiB, a
// thousand instructions.
Dockerfile parse(std::string_view text);
// One instruction that an image's OnBuild holds. Errors: invalid.
Instruction parse_trigger(std::string_view text);

}  // namespace mydock::build
