#pragma once

#include <string>
#include <string_view>

namespace mydock::api {

// How the name filters of lists match: `name` is `pattern`, or the regular expression `pattern`
// fits some part of it. What is no regular expression matches nothing.
bool name_matches(std::string_view pattern, const std::string& name);

}  // namespace mydock::api
