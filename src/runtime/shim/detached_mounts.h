#pragma once

#include <vector>

#include "oci/runtime_spec.h"
#include "runtime/init/detached_mounts.h"
#include "runtime/task.h"

namespace mydock::runtime::shim {

// What of a container's mounts must be made in the host's namespaces, before its init exists: with
// a user namespace its root and its binds, whose sources its own root could not reach; id-mapped
// mounts; the /dev/shm of a container whose IPC it joins. Errors: conflict (that container is
// gone), forbidden (its /dev/shm is no tmpfs), invalid, system.
init::DetachedMounts make_detached_mounts(const oci::Spec& spec, const TaskOptions& options,
                                          const fs::path& bundle);

// A user namespace that nobody lives in. Errors: system.
Fd make_user_namespace(const std::vector<oci::IdMapping>& uids,
                       const std::vector<oci::IdMapping>& gids);

}  // namespace mydock::runtime::shim
