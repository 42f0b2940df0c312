#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mydock::archive {

// Go's filepath.Match: `*` and `?` stay within one part of a path, `[a-z]` and `[^a]` are sets,
// backslash escapes. With `across`, `**` stands for any number of whole parts, as in
// .dockerignore. Errors: invalid (a pattern that is none).
enum class Stars { single, across };
bool glob_match(std::string_view pattern, std::string_view path, Stars stars);

// A .dockerignore: what a build's context leaves out. The last pattern that matches a path or a
// directory above it decides.
class IgnoreList {
 public:
  IgnoreList() = default;
  // Errors: invalid (a lone "!", a bad pattern).
  static IgnoreList parse(std::string_view text);
  static IgnoreList of(const std::vector<std::string>& patterns);

  bool empty() const { return rules_.empty(); }
  // `path` is relative, clean, without a slash at its ends.
  bool ignores(std::string_view path) const;
  // False: `directory` is ignored, and no "!" pattern can bring back anything below it.
  bool must_enter(std::string_view directory) const;

 private:
  struct Rule {
    std::string pattern;
    bool keeps = false;  // "!"
  };
  void add(std::string_view line);
  std::vector<Rule> rules_;
};

}  // namespace mydock::archive
