#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/root.h"

namespace mydock::engine {

// What an absolute pattern matches inside the root, sorted: "*", "?" and "[…]" as in a shell, which
// do not match a leading dot; "\" takes a character's meaning away. Links on the way are followed
// inside the root. Errors: invalid (more than 100,000 matches).
std::vector<std::string> find_matches(const Root& root, std::string_view pattern);

}  // namespace mydock::engine
