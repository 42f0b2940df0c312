#pragma once

#include <string>
#include <string_view>

// Shell patterns of `*`, `?` and backslash escapes, as ${name#pattern} and the like know them.
namespace mydock::build {

enum class Match { shortest, longest };

std::string without_prefix(std::string_view value, std::string_view pattern, Match match);
std::string without_suffix(std::string_view value, std::string_view pattern, Match match);
// Errors: invalid (it would take too long).
std::string replaced(std::string_view value, std::string_view pattern, std::string_view by,
                     bool all);

}  // namespace mydock::build
