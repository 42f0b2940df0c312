#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/invocation.h"

namespace mydock::cli {

// Shows the objects as docker inspect does: --format for each, or one JSON list, indented by four.
// What is not found is said at the end, and the answer is 1. `get` answers nothing when no kind of
// object has that name, or throws.
using InspectGetter = std::function<std::optional<std::string>(const std::string& name)>;
// `inspect --as run NAME...`: a command line each. Answers 1 if one was not found.
int print_run_lines(Invocation& call, const std::vector<std::string>& names);
int print_inspected(Invocation& call, const std::vector<std::string>& names,
                    const InspectGetter& get);

}  // namespace mydock::cli
