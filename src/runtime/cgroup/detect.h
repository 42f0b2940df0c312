#pragma once

#include <string_view>
#include <vector>

#include "runtime/cgroup.h"

namespace mydock::runtime::cgroup {

// The hierarchies in the text of /proc/self/mountinfo, one each, in its order. The v2 tree's
// controllers stay empty: its root says which they are.
std::vector<CgroupHierarchy> parse_mountinfo(std::string_view text);

std::vector<std::string> split_words(std::string_view text, char separator);

}  // namespace mydock::runtime::cgroup
