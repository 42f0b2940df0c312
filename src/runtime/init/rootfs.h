#pragma once

#include <string>

#include "base/fd.h"
#include "base/root.h"
#include "oci/runtime_spec.h"
#include "runtime/task.h"

namespace mydock::runtime::init {

// Takes the new mount namespace off the host's propagation, then mounts the container's root (the
// overlay, or root.path on itself). Nothing of it is visible outside.
Root mount_rootfs(const oci::Spec& spec, const TaskOptions& options, const fs::path& bundle);

// The same where the shim has made the root as a detached mount: in a user namespace, whose root
// may neither mount the layers as they are meant nor walk to them.
Root attach_rootfs(const oci::Spec& spec, const Fd& mount);

// What it makes there, in the host's user namespace. An overlay: in a mount namespace of its own.
bool has_overlay(const TaskOptions& options);
Fd make_overlay_root(const oci::Spec& spec, const TaskOptions& options, const fs::path& bundle);
// Of root.path.
Fd clone_root(const oci::Spec& spec, const fs::path& bundle);

// Makes `root` "/" and lets go of the old one. The working directory is "/" then.
void pivot_to(const Root& root);

// What may only be done to "/" after all mounts are in place: rootfsPropagation, root.readonly.
void finish_rootfs(const oci::Spec& spec);

}  // namespace mydock::runtime::init
