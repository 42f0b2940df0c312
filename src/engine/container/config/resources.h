#pragma once

#include <string_view>
#include <vector>

#include "api/resources.h"
#include "oci/runtime_linux.h"

namespace mydock::engine {

// Docker's limits as the runtime-spec words them: memory and swap, CPU, pids, block I/O. Devices:
// devices.h. Errors: system (a device path that is not there).
oci::LinuxResources to_oci(const api::Resources& resources);

// What Docker writes into HostConfig when a limit is given: MemorySwap is twice Memory, a
// swappiness of -1 and a pids limit of 0 or less are null. `cgroup_v2`: OomKillDisable has no
// meaning there.
void apply_defaults(api::Resources& resources, bool cgroup_v2);

// The non-zero members of `changes` take the place of those of `resources`. Errors: conflict, in
// Docker's words.
void merge_update(api::Resources& resources, const api::Resources& changes);

}  // namespace mydock::engine
