#pragma once

#include <vector>

#include "api/resources.h"
#include "base/fd.h"
#include "engine/cdi/cdi_spec.h"
#include "oci/runtime_spec.h"

namespace mydock::engine {

// The edits of the devices ("vendor.com/class=name"), those of their specs included once. Reads the
// JSON specs of `directories` now; of two that name one device the later directory's counts.
// Errors: system, "CDI device injection failed: unresolvable CDI devices …".
std::vector<CdiEdits> cdi_edits(const std::vector<fs::path>& directories,
                                const api::Strings& devices);
// Errors: system (a device node is not there), invalid (a hook of an unknown name).
void apply_cdi(oci::Spec& spec, const std::vector<CdiEdits>& edits);

// DeviceRequests: those of driver "cdi", and GPUs where a spec of nvidia.com/gpu is there. Errors
// of the two above; system, "could not select device driver …" for any other.
void apply_device_requests(oci::Spec& spec, const api::Resources& resources,
                           const std::vector<fs::path>& directories);

}  // namespace mydock::engine
