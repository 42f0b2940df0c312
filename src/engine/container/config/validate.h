#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/container_create.h"

namespace mydock::engine {

// What a request is measured against.
struct HostFacts {
  int cpus = 1;
  std::string online_cpus = "0";    // "0-3"
  std::string online_memory = "0";  // NUMA nodes
  std::int64_t memory = 0;          // bytes
  bool cgroup_v2 = false;
  bool swap_limit = true;
  bool blkio_weight = true;
  std::vector<std::string> runtimes;  // names that may be asked for

  static HostFacts read();  // all but runtimes
};

// Checks what does not need the image. Errors: invalid, in Docker's words (reference: 03-wire,
// error texts 54 to 58). Appends warnings and drops what this host cannot do, as Docker does.
void validate_create(const api::ContainerConfig& config, api::HostConfig& host,
                     const HostFacts& facts, api::Strings& warnings);
void validate_config(const api::ContainerConfig& config);
void validate_network(const api::ContainerConfig& config, const api::HostConfig& host);
void validate_resources(api::Resources& resources, const HostFacts& facts, api::Strings& warnings);

// "0-3,7" as a sorted list. Errors: invalid.
std::vector<int> parse_cpu_list(std::string_view text);

// "container:web" -> "web"; empty: another mode.
std::string_view joined_container(std::string_view mode);
inline bool is_user_network(std::string_view mode) {
  return mode != "bridge" && mode != "host" && mode != "none" && mode != "default" &&
         !mode.empty() && joined_container(mode).empty();
}

}  // namespace mydock::engine
