#pragma once

#include "base/root.h"
#include "oci/runtime_spec.h"

namespace mydock::runtime::init {

// The nodes and links of config-linux.md, "Default Devices", and spec.linux.devices, all made by
// descriptor below the root's /dev. A /dev that is bind mounted is left as it is.
// Errors: forbidden (something else is in the place of a device).
void make_devices(const oci::Spec& spec, const Root& root);

}  // namespace mydock::runtime::init
