#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/container/record.h"
#include "engine/container/spec/devices.h"
#include "engine/engine.h"
#include "oci/runtime_spec.h"

namespace mydock::engine {

// Everything that a container's config.json follows from; the builder itself reads nothing.
struct SpecInput {
  const Definition& definition;
  std::string hostname;
  fs::path etc;      // directory of the hosts, hostname and resolv.conf that it sees
  std::string root;  // root.path
  std::string cgroup_path;
  // Namespaces of other containers that it joins, as paths; empty: its own, or the host's by mode.
  std::string network_namespace;
  std::string pid_namespace;
  std::string ipc_namespace;
  api::Strings link_environment = {};
  // Of mounts of type image and container, by their source: directories, the top one first.
  std::map<std::string, std::vector<std::string>> layers = {};
  Devices devices;
  std::map<std::string, UlimitDefault> ulimits;  // the daemon's
  bool no_new_privileges = false;                // the daemon's
  bool recursive_read_only = true;               // the kernel can
};

oci::Spec build_spec(const SpecInput& input);

// Parts of it.
std::vector<oci::Mount> build_mounts(const SpecInput& input);
std::vector<oci::Rlimit> build_rlimits(std::map<std::string, UlimitDefault> defaults,
                                       const api::HostConfig& host);
oci::Capabilities capability_sets(const std::vector<std::string>& names);
std::vector<oci::Namespace> build_namespaces(const SpecInput& input);
// Of HostConfig: also what a seccomp profile depends on.
std::vector<std::string> container_capabilities(const api::HostConfig& host);

// The value of "key=value" or "key:value" in SecurityOpt; empty: not given.
std::string security_option(const api::HostConfig& host, std::string_view key);
bool wants_no_new_privileges(const api::HostConfig& host, bool by_default);

}  // namespace mydock::engine
