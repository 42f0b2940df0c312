#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/fd.h"
#include "oci/runtime_spec.h"

namespace mydock::runtime::shim {

// A child between its clone and its exec.
struct Spawned {
  pid_t pid = -1;
  Fd pidfd;
  Fd channel;  // our end, see init/channel.h
};

// clone3 with `namespaces`, straight into the v2 group `cgroup` (-1: none). The child runs `body`,
// which does not return, with default signals and its end of the channel. This process has one
// thread only, so the child may allocate and throw.
Spawned spawn(std::uint64_t namespaces, int cgroup, const std::function<void(int channel)>& body);
// The same for a container's init, with the namespaces of its spec; through a process in between
// where one must be joined before the others are made (init/namespaces.h). Errors: also what that
// process met.
Spawned spawn_init(const oci::Spec& spec, int cgroup, const std::function<void(int channel)>& body);

// Whether a new init may put itself into its v1 groups, before "go": not with a user namespace (its
// uid means nothing to them yet), nor with hooks, which expect to find it there.
bool joins_by_itself(const oci::Spec& spec);
// Writes /proc/PID/{uid,gid}_map for a user namespace that the spec makes.
void write_id_maps(pid_t pid, const oci::Linux& spec);
void write_id_maps(pid_t pid, const std::vector<oci::IdMapping>& uids,
                   const std::vector<oci::IdMapping>& gids);
// The host's uid for a uid of the container; 0 when it is not mapped.
uid_t host_uid(const oci::Linux& spec, std::uint32_t container_uid);

}  // namespace mydock::runtime::shim
