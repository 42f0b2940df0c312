#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mydock::http {

// A request target in parts.
struct Target {
  std::string path;
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};
// "/a%2fb/c?x=1+2": segments {"a/b", "c"}, query {{"x", "1 2"}}. An absolute target ("http://h/p")
// loses its host. No value: a bad escape, or a NUL.
std::optional<Target> parse_target(std::string_view target);
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);

}  // namespace mydock::http
