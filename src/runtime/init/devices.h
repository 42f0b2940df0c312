#pragma once

#include <sys/types.h>

#include "base/root.h"
#include "oci/runtime_spec.h"
#include "runtime/init/detached_mounts.h"

namespace mydock::runtime::init {

// The nodes and links of config-linux.md, "Default Devices", and spec.linux.devices, all made by
// descriptor below the root's /dev. A /dev that is bind mounted is left as it is. `made`: those
// that the shim has made, to be bound (nullptr: none). Errors: forbidden (something else is in the
// place of a device).
void make_devices(const oci::Spec& spec, const Root& root, const DetachedMounts* made);

// S_IFCHR, S_IFBLK or S_IFIFO with the permissions. Errors: invalid.
mode_t device_mode(const oci::Device& device);

}  // namespace mydock::runtime::init
