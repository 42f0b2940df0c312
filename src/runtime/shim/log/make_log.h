#pragma once

#include <memory>

#include "runtime/log_options.h"
#include "runtime/shim/log/log.h"
#include "runtime/shim/loop.h"

namespace mydock::runtime::shim {

// nullptr: the output is kept nowhere. Errors: invalid, system ("failed to initialize logging
// driver: …").
std::unique_ptr<Log> make_log(Loop& loop, const LogOptions& options);

}  // namespace mydock::runtime::shim
