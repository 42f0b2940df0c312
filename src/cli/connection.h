#pragma once

#include <string>

#include "cli/arguments.h"

namespace mydock::cli {

// Which daemon the flags in front of the command, DOCKER_HOST and DOCKER_CONTEXT choose. A
// context's file is read as docker wrote it. Errors: ExitError, also for what is not built: TLS.
std::string choose_host(const Flags& top);

}  // namespace mydock::cli
