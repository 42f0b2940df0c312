#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "build/tree.h"

namespace mydock::build {

namespace {

[[noreturn]] void bad(std::string_view text) {
  fail(Kind::invalid,
       "invalid chmod parameter: '{}'. it should be octal string and between 0 and 07777", text);
}

mode_t class_bits(char c) {
  switch (c) {
    case 'u':
      return 04700;
    case 'g':
      return 02070;
    case 'o':
      return 01007;
    default:
      return 07777;
  }
}

mode_t right_bits(char right, mode_t mode, bool directory) {
  switch (right) {
    case 'r':
      return 0444;
    case 'w':
      return 0222;
    case 'x':
      return 0111;
    case 'X':
      return directory || (mode & 0111) != 0 ? 0111 : 0;
    case 's':
      return 06000;
    default:
      return 01000;  // t
  }
}

}  // namespace

ModeChange ModeChange::parse(std::string_view text) {
  ModeChange change;
  mode_t mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (mode > 07777) bad(text);
    change.absolute_ = mode;
    return change;
  }
  std::string_view left = text;
  while (!left.empty()) {
    std::string_view one = left.substr(0, std::min(left.find(','), left.size()));
    left.remove_prefix(std::min(one.size() + 1, left.size()));
    mode_t who = 0;
    while (!one.empty() && std::string_view("ugoa").find(one.front()) != std::string_view::npos) {
      who |= class_bits(one.front());
      one.remove_prefix(1);
    }
    if (one.empty() || std::string_view("+-=").find(one.front()) == std::string_view::npos) {
      bad(text);
    }
    Clause clause{who == 0 ? mode_t{07777} : who, one.front(), std::string(one.substr(1))};
    if (clause.rights.find_first_not_of("rwxXst") != std::string::npos) bad(text);
    change.clauses_.push_back(std::move(clause));
  }
  if (change.clauses_.empty()) bad(text);
  return change;
}

mode_t ModeChange::apply(mode_t mode, bool directory) const {
  if (absolute_) return *absolute_;
  for (const Clause& clause : clauses_) {
    mode_t bits = 0;
    for (const char right : clause.rights) bits |= right_bits(right, mode, directory);
    bits &= clause.who;
    if (clause.op == '+') mode |= bits;
    if (clause.op == '-') mode &= ~bits;
    if (clause.op == '=') mode = (mode & ~(clause.who & 0777)) | bits;
  }
  return mode;
}

}  // namespace mydock::build
