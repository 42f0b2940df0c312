#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/runtime_spec.h"

namespace mydock::runtime {

// Bit n is capability n.
using CapabilitySet = std::uint64_t;

// "CAP_CHOWN" is 0. No value: not a capability's name.
std::optional<int> capability_number(std::string_view name);
std::string capability_name(int number);
// Unknown names are Error{invalid}.
CapabilitySet capability_set(const std::vector<std::string>& names);
// In the kernel's order.
std::vector<std::string> capability_names(CapabilitySet set);

// All that the running kernel knows.
CapabilitySet kernel_capabilities();
// This process's bounding set: a container cannot have more.
CapabilitySet own_bounding_set();

// Docker's fourteen, in Docker's order.
std::vector<std::string> docker_default_capabilities();

// HostConfig.CapAdd, CapDrop and Privileged as Docker resolves them: names in any case, with or
// without "CAP_", "ALL". Errors: invalid, "invalid CapAdd: unknown capability: \"CAP_X\"".
std::vector<std::string> resolve_capabilities(const std::vector<std::string>& add,
                                              const std::vector<std::string>& drop,
                                              bool privileged);
// As "CAP_X" in upper case, sorted, without doubles: the form that inspect shows for CapAdd,
// CapDrop.
std::vector<std::string> normalize_capabilities(const std::vector<std::string>& names,
                                                std::string_view field);

}  // namespace mydock::runtime
