#pragma once

#include "daemon/config.h"

namespace mydock::daemon {

// Runs the daemon until SIGTERM or SIGINT; SIGHUP reads the configuration again. Call with one
// thread alive. Returns the exit status. Errors: what kept it from starting.
int serve(const Config& config, int argc, const char* const* argv);

}  // namespace mydock::daemon
