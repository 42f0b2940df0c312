#pragma once

#include <functional>

#include "base/fd.h"
#include "base/root.h"
#include "oci/runtime_spec.h"
#include "runtime/init/mount_options.h"
#include "runtime/init/run_init.h"

namespace mydock::runtime::init {

// Mounts all of spec.mounts below `root`, in their order. Targets are resolved inside the root and
// held by descriptor; /proc, /sys and /dev must not be links in the image. Errors: forbidden,
// system "error mounting "SOURCE" to rootfs at "DESTINATION": …".
void mount_all(const Child& child, const Root& root);

// The source of a bind as a detached mount, with the attributes that `options` name.
Fd open_bind(const oci::Mount& mount, const MountOptions& options);
// Runs `make`; what it throws says which mount failed.
void in_mount_context(const oci::Mount& mount, const std::function<void()>& make);

// A detached mount of a new file system.
Fd make_filesystem(const oci::Mount& mount, const MountOptions& options);
// Attaches it on what `target` is.
void attach(const Fd& mount, const Fd& target);
void set_attributes(const Fd& mount, const MountOptions::Attributes& attributes, bool recursive);
void set_propagation(const Fd& mount, const MountOptions& options);

// The mount of type "cgroup" or "cgroup2" on `target`: the v2 tree, or a tmpfs with one mount a v1
// hierarchy.
void mount_cgroups(const Child& child, const oci::Mount& mount, const MountOptions& options,
                   const Fd& target);

}  // namespace mydock::runtime::init
