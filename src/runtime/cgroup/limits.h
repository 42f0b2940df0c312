#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "oci/runtime_spec.h"

// What is written to which file, as values: 04-engine.md section 12 as functions.
namespace mydock::runtime::cgroup {

// In the order in which they are written.
using Values = std::vector<std::pair<std::string, std::string>>;

// 2..262144 to 1..10000, such that the defaults 1024 and 100 meet (runc 1.3's curve).
std::uint64_t weight_of_shares(std::uint64_t shares);
// 10..1000 to 1..10000.
std::uint64_t io_weight(std::uint16_t blkio_weight);

// `current`: the group's memory.memsw.limit_in_bytes; it decides the order, since the kernel wants
// memory <= memsw after each write.
Values memory_values_v1(const oci::MemoryResources& memory, std::optional<std::int64_t> current);
// Errors: invalid (swap without or below the memory limit).
Values memory_values_v2(const oci::MemoryResources& memory);

Values cpu_values_v1(const oci::CpuResources& cpu);
// `current`: the group's cpu.max, "max 100000"; half of it may have to stay.
Values cpu_values_v2(const oci::CpuResources& cpu, const std::string& current);

Values throttle_values_v1(const oci::BlockIoResources& io);
Values throttle_values_v2(const oci::BlockIoResources& io);

std::string pids_value(std::int64_t limit);

}  // namespace mydock::runtime::cgroup
