#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mydock::runtime::command {

// An option that a command knows: "bundle", short 'b' (0: none), with a value or without.
struct Option {
  std::string_view name;
  char letter = 0;
  bool has_value = true;
};

struct Arguments {
  std::map<std::string, std::vector<std::string>, std::less<>> options;
  std::vector<std::string> rest;

  bool has(std::string_view name) const { return options.contains(name); }
  // The last value given; `otherwise` if there is none.
  std::string value(std::string_view name, std::string otherwise = {}) const;
  std::vector<std::string> values(std::string_view name) const;
};

// "--name value", "--name=value", "-n value". Stops at the `most`-th plain word: what follows, and
// it, is the rest as it is. Errors: invalid (an option that is not in `known`, a missing value).
Arguments parse(std::span<char* const> words, std::span<const Option> known, std::size_t most);

}  // namespace mydock::runtime::command
