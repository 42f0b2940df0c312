#pragma once

#include <optional>

#include "api/filters.h"
#include "base/clock.h"

namespace mydock::engine {

// The filter "until" of the prune calls: only what is older goes. No value: it is not there.
// Errors: invalid (no time, or several).
std::optional<Time> prune_until(const api::Filters& filters);

}  // namespace mydock::engine
