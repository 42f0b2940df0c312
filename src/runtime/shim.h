#pragma once

#include "base/fd.h"

namespace mydock::runtime {

// The whole life of a shim: makes the container of `bundle` and serves it until it ended. Returns
// the process's exit status. This process has one thread, now and later.
int run_shim(const fs::path& bundle);

}  // namespace mydock::runtime
