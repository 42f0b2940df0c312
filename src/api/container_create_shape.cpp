#include <algorithm>

#include <fmt/format.h>

#include "api/container_create.h"
#include "base/error.h"

// How a create request of an older client reads today. The rules are Docker's, one by one, from the
// API's version history.
namespace mydock::api {

namespace {

constexpr std::string_view kEndpointSysctls = "com.docker.network.endpoint.sysctls";

bool before(ApiVersion version, unsigned minor) { return version < ApiVersion{1, minor}; }

void normalise_network(ContainerCreate& create) {
  std::string& mode = create.host_config.network_mode;
  if (mode.empty() || mode == "default") mode = "bridge";
  Endpoints& endpoints = create.networking_config.endpoints;
  if (auto entry = endpoints.extract("default")) {
    entry.key() = "bridge";
    endpoints.insert(std::move(entry));
  }
}

void refuse_options(const Mount& mount, bool given, std::string_view options,
                    std::string_view type) {
  if (!given || mount.type == type) return;
  fail(Kind::invalid, "{} must not be specified on mount type \"{}\"", options, mount.type);
}

void shape_bind(ApiVersion version, Mount& mount) {
  if (!mount.bind_options) {
    if (before(version, 44) && mount.read_only) mount.bind_options.emplace();
    if (!mount.bind_options) return;
  }
  BindOptions& bind = *mount.bind_options;
  if (before(version, 40)) bind.non_recursive = false;
  if (before(version, 42)) bind.create_mountpoint = false;
  if (before(version, 44)) {
    if (bind.read_only_force_recursive) {
      fail(Kind::invalid, "BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
    }
    // Read-only binds were not recursive then.
    if (mount.read_only) bind.read_only_non_recursive = true;
  }
}

void shape_mount(ApiVersion version, Mount& mount) {
  if (before(version, 42)) {
    if (mount.type != "volume") mount.volume_options.reset();
    if (mount.type != "tmpfs") mount.tmpfs_options.reset();
  } else {
    refuse_options(mount, mount.volume_options.has_value(), "VolumeOptions", "volume");
    refuse_options(mount, mount.bind_options.has_value(), "BindOptions", "bind");
    refuse_options(mount, mount.tmpfs_options.has_value(), "TmpfsOptions", "tmpfs");
  }
  if (before(version, 45) && mount.volume_options && !mount.volume_options->subpath.empty()) {
    fail(Kind::invalid, "VolumeOptions.Subpath needs API v1.45 or newer");
  }
  if (before(version, 48) && mount.type == "image") {
    fail(Kind::invalid, "Mount type \"Image\" needs API v1.48 or newer");
  }
  if (mount.type == "bind") shape_bind(version, mount);
}

bool has_own_network(const std::string& mode) {
  return mode != "host" && mode != "none" && !mode.starts_with("container:");
}

void move_mac_address(ContainerCreate& create) {
  std::string& mac = create.config.mac_address;
  if (mac.empty()) return;
  const std::string& mode = create.host_config.network_mode;
  if (!has_own_network(mode)) {
    fail(Kind::invalid, "conflicting options: mac-address and the network mode");
  }
  create.networking_config.endpoints[mode].mac_address = mac;
}

void merge_mac_address(ContainerCreate& create, Strings& warnings) {
  std::string& mac = create.config.mac_address;
  if (mac.empty()) return;
  const std::string& mode = create.host_config.network_mode;
  if (!has_own_network(mode)) {
    fail(Kind::invalid, "conflicting options: mac-address and the network mode");
  }
  std::string& endpoint = create.networking_config.endpoints[mode].mac_address;
  if (!endpoint.empty() && endpoint != mac) {
    fail(Kind::invalid,
         "the container-wide MAC address must match the endpoint-specific MAC address for the main "
         "network, or be left empty");
  }
  endpoint = mac;
  warnings.push_back(
      "The container-wide MacAddress field is now deprecated. It should be specified in "
      "EndpointsConfig instead.");
}

void shape_endpoints(ApiVersion version, ContainerCreate& create, Strings& warnings) {
  Endpoints& endpoints = create.networking_config.endpoints;
  if (before(version, 44)) {
    if (endpoints.size() > 1) {
      std::string names;
      for (const auto& [name, endpoint] : endpoints) names += (names.empty() ? "" : ", ") + name;
      fail(Kind::invalid, "Container cannot be created with multiple network endpoints: {}", names);
    }
    for (auto& [name, endpoint] : endpoints) endpoint.mac_address.clear();
    move_mac_address(create);
  } else if (before(version, 52)) {
    merge_mac_address(create, warnings);
  } else {
    create.config.mac_address.clear();
  }
  if (!before(version, 48)) return;
  for (auto& [name, endpoint] : endpoints) endpoint.gw_priority = 0;
}

// "net.ipv4.conf.eth0.forwarding": the parts around the interface; no value for other sysctls.
struct InterfaceSysctl {
  std::string prefix;
  std::string interface;
  std::string suffix;
};
std::optional<InterfaceSysctl> split_interface_sysctl(const std::string& name) {
  if (!name.starts_with("net.")) return std::nullopt;
  const std::size_t second = name.find('.', 4);
  const std::size_t third = second == name.npos ? second : name.find('.', second + 1);
  const std::size_t fourth = third == name.npos ? third : name.find('.', third + 1);
  if (fourth == name.npos) return std::nullopt;
  InterfaceSysctl parts{.prefix = name.substr(0, third),
                        .interface = name.substr(third + 1, fourth - third - 1),
                        .suffix = name.substr(fourth + 1)};
  if (!parts.interface.starts_with("eth")) return std::nullopt;
  return parts;
}

void migrate_sysctls(ApiVersion version, ContainerCreate& create, Strings& warnings) {
  StringMap& sysctls = create.host_config.sysctls;
  for (auto at = sysctls.begin(); at != sysctls.end();) {
    const auto parts = split_interface_sysctl(at->first);
    if (!parts) {
      ++at;
      continue;
    }
    if (!before(version, 48)) {
      fail(Kind::invalid,
           "interface specific sysctl setting \"{}\" must be supplied using driver option '{}'",
           at->first, kEndpointSysctls);
    }
    if (parts->interface != "eth0") {
      fail(Kind::invalid,
           "unable to determine network endpoint for sysctl {}, use driver option '{}' to set "
           "per-interface sysctls",
           at->first, kEndpointSysctls);
    }
    const std::string moved =
        fmt::format("{}.IFNAME.{}={}", parts->prefix, parts->suffix, at->second);
    EndpointSettings& endpoint =
        create.networking_config.endpoints[create.host_config.network_mode];
    if (!endpoint.driver_opts) endpoint.driver_opts.emplace();
    std::string& option = (*endpoint.driver_opts)[std::string(kEndpointSysctls)];
    option += (option.empty() ? "" : ",") + moved;
    warnings.push_back(fmt::format("Migrated sysctl \"{}\" to DriverOpts{{\"{}\":\"{}\"}}.",
                                   at->first, kEndpointSysctls, moved));
    at = sysctls.erase(at);
  }
}

void fill_empty_bindings(ApiVersion version, HostConfig& host, Strings& warnings) {
  std::string ports;
  for (auto& [port, bindings] : host.port_bindings) {
    if (bindings && !bindings->empty()) continue;
    bindings.emplace(1);  // Docker: a random host port
    ports += (ports.empty() ? "" : ", ") + port;
  }
  if (ports.empty() || before(version, 52)) return;
  warnings.push_back(
      fmt::format("Following container port(s) have an empty list of port-bindings: {}. Such "
                  "bindings will be discarded in a future version.",
                  ports));
}

}  // namespace

void shape_for(ApiVersion version, ContainerUpdate& update) {
  Resources& resources = update.resources;
  if (before(version, 40)) resources.pids_limit.reset();
  if (!before(version, 55)) return;
  resources.blkio_weight_device.reset();
  resources.blkio_device_read_bps.reset();
  resources.blkio_device_write_bps.reset();
  resources.blkio_device_read_iops.reset();
  resources.blkio_device_write_iops.reset();
}

Strings shape_for(ApiVersion version, ContainerCreate& create) {
  Strings warnings;
  HostConfig& host = create.host_config;
  normalise_network(create);
  if (before(version, 40) && host.ipc_mode.empty()) host.ipc_mode = "shareable";
  if (before(version, 42)) host.console_size = {};
  if (before(version, 43)) host.annotations.clear();
  if (before(version, 44) && create.config.healthcheck) {
    create.config.healthcheck->start_interval = 0;
  }
  for (Mount& mount : host.mounts) shape_mount(version, mount);
  shape_endpoints(version, create, warnings);
  migrate_sysctls(version, create, warnings);
  fill_empty_bindings(version, host, warnings);
  if (host.resources.pids_limit.value_or(1) <= 0) host.resources.pids_limit.reset();
  return warnings;
}

}  // namespace mydock::api
