#include "api/name_pattern.h"

#include <regex.h>

namespace mydock::api {

namespace {

constexpr std::size_t kLongestPattern = 1024;

// A POSIX expression, given back when it goes. Unlike std::regex it does not recurse.
class Expression {
 public:
  Expression(const std::string& text, int flags)
      : valid_(::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB | flags) == 0) {}
  ~Expression() {
    if (valid_) ::regfree(&compiled_);
  }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;
  bool fits(const std::string& text) const {
    return valid_ && ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
  bool valid_;
};

// What Go's syntax has beyond POSIX's, as far as names need it: \d, \D, (?:…) and no references
// back, whose cost has no bound.
std::string to_posix(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i).starts_with("(?:")) {
      out += '(';
      i += 2;
    } else if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      const char next = pattern[++i];
      if (next == 'd') {
        out += "[0-9]";
      } else if (next == 'D') {
        out += "[^0-9]";
      } else if (next >= '1' && next <= '9') {
        return "[";  // no expression at all
      } else {
        (out += '\\') += next;
      }
    } else {
      out += pattern[i];
    }
  }
  return out;
}

}  // namespace

bool name_matches(std::string_view pattern, const std::string& name) {
  if (pattern == name) return true;
  if (pattern.empty() || pattern.size() > kLongestPattern) return pattern.empty();
  constexpr std::string_view kAnyCase = "(?i)";
  const bool any_case = pattern.starts_with(kAnyCase);
  if (any_case) pattern.remove_prefix(kAnyCase.size());
  return Expression(to_posix(pattern), any_case ? REG_ICASE : 0).fits(name);
}

}  // namespace mydock::api
