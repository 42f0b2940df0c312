#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace mydock::daemon {

// Listening sockets for one -H value: "unix://PATH" (mode 0660, owned by `group`),
// "tcp://HOST:PORT" (loopback only: there is no TLS yet), "fd://" (what systemd passed). Errors:
// invalid, conflict.
std::vector<Fd> open_listeners(const std::string& host, const std::string& group);

}  // namespace mydock::daemon
