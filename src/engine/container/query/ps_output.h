#pragma once

#include <set>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "api/container_results.h"

namespace mydock::engine {

// The table that ps(1) printed, without the rows of processes that are not in `pids`. Errors:
// system, "Couldn't find PID field in ps output".
api::ContainerTop parse_ps(std::string_view output, const std::set<pid_t>& pids);
// "aux -o pid,cmd" as words. Errors: invalid, for a renamed PID column.
api::Strings split_ps_args(std::string_view text);

}  // namespace mydock::engine
