#pragma once

#include "base/log.h"

namespace mydock::daemon {

// Sends base/log.h's lines to standard error through spdlog, from `least` on.
void set_log_writer(log::Level least);

}  // namespace mydock::daemon
