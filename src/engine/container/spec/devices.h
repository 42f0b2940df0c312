#pragma once

#include <string_view>
#include <vector>

#include "api/host_config.h"
#include "oci/runtime_linux.h"

namespace mydock::engine {

struct Devices {
  std::vector<oci::Device> nodes;
  std::vector<oci::DeviceRule> rules;  // in order: the last that fits decides
};

// Nothing is allowed, then the host's devices that are asked for (all of them if privileged)
// and the rules of DeviceCgroupRules. The nodes that every container has (null, zero, …) and the
// rules for them are the runtime's. Errors: invalid (a bad rule), system ("error gathering device
// information …").
Devices container_devices(const api::HostConfig& host);

// "c 1:3 rwm". Errors: invalid.
oci::DeviceRule parse_device_rule(std::string_view text);

}  // namespace mydock::engine
