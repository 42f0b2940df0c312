#pragma once

#include "daemon/config.h"
#include "engine/engine.h"

namespace mydock::daemon {

inline constexpr const char* kServerVersion =
    "28.3.0";  // the Docker Engine whose behaviour this is

// The configuration in the engine's terms. Errors: invalid (a ulimit, the path of the shim).
engine::EngineOptions engine_options(const Config& config);

}  // namespace mydock::daemon
