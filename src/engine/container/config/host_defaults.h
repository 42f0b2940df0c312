#pragma once

#include "api/host_config.h"
#include "engine/engine.h"

namespace mydock::engine {

// What Docker writes into a HostConfig that says nothing: modes, shm size, runtime, log, restart
// policy, masked and read-only paths, limits that follow from others.
void apply_defaults(api::HostConfig& host, const EngineOptions& options, bool cgroup_v2);

}  // namespace mydock::engine
