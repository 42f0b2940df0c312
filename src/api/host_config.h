#pragma once

#include <array>
#include <cstdint>

#include "api/json_types.h"
#include "api/mount.h"
#include "api/resources.h"

namespace mydock::api {

struct LogConfig {
  std::string type;
  StringMap config;
  bool operator==(const LogConfig&) const = default;
};
template <class V>
void fields(V& v, Of<LogConfig> auto& s) {
  v("Type", s.type);
  v("Config", s.config);
}

struct PortBinding {
  std::string host_ip;
  std::string host_port;  // "8080", "8000-8010", or empty: any
  bool operator==(const PortBinding&) const = default;
};
template <class V>
void fields(V& v, Of<PortBinding> auto& s) {
  v("HostIp", s.host_ip);
  v("HostPort", s.host_port);
}
// By "80/tcp"; null: exposed but not published.
using PortMap = std::map<std::string, std::optional<std::vector<PortBinding>>>;

struct RestartPolicy {
  std::string name;  // no, always, unless-stopped, on-failure; empty: no
  std::int64_t maximum_retry_count = 0;
  bool operator==(const RestartPolicy&) const = default;
};
template <class V>
void fields(V& v, Of<RestartPolicy> auto& s) {
  v("Name", s.name);
  v("MaximumRetryCount", s.maximum_retry_count);
}

// How a container runs on this host. An optional list tells null (not set) from [] (set, empty).
struct HostConfig {
  std::optional<Strings> binds;  // "source:/target[:options]"
  std::string container_id_file;
  LogConfig log_config;
  std::string network_mode;
  PortMap port_bindings;
  RestartPolicy restart_policy;
  bool auto_remove = false;
  std::string volume_driver;
  std::optional<Strings> volumes_from;
  std::array<std::uint32_t, 2> console_size{};  // rows, columns
  StringMap annotations;
  std::optional<Strings> cap_add;
  std::optional<Strings> cap_drop;
  std::string cgroupns_mode;
  std::optional<Strings> dns;
  std::optional<Strings> dns_options;
  std::optional<Strings> dns_search;
  std::optional<Strings> extra_hosts;  // "name:address"
  std::optional<Strings> group_add;
  std::string ipc_mode;
  std::string cgroup;
  std::optional<Strings> links;
  std::int64_t oom_score_adj = 0;
  std::string pid_mode;
  bool privileged = false;
  bool publish_all_ports = false;
  bool readonly_rootfs = false;
  std::optional<Strings> security_opt;
  StringMap storage_opt;
  StringMap tmpfs;  // target -> mount options
  std::string uts_mode;
  std::string userns_mode;
  std::int64_t shm_size = 0;
  StringMap sysctls;
  std::string runtime;
  std::string isolation;
  Resources resources;
  std::vector<Mount> mounts;
  std::optional<Strings> masked_paths;
  std::optional<Strings> readonly_paths;
  std::optional<bool> init;
  // Ours; clients that do not know them ignore them. See docs/running.md.
  std::string on_unhealthy;      // none, kill, restart, stop; empty: none
  std::int64_t run_timeout = 0;  // seconds after a start at which it is stopped; 0: never
  bool operator==(const HostConfig&) const = default;
};
template <class V>
void fields(V& v, Of<HostConfig> auto& s) {
  v("Binds", s.binds);
  v("ContainerIDFile", s.container_id_file);
  v("LogConfig", s.log_config);
  v("NetworkMode", s.network_mode);
  v("PortBindings", s.port_bindings);
  v("RestartPolicy", s.restart_policy);
  v("AutoRemove", s.auto_remove);
  v("VolumeDriver", s.volume_driver);
  v("VolumesFrom", s.volumes_from);
  v("ConsoleSize", s.console_size);
  v.omit_empty("Annotations", s.annotations);
  v("CapAdd", s.cap_add);
  v("CapDrop", s.cap_drop);
  v("CgroupnsMode", s.cgroupns_mode);
  v("Dns", s.dns);
  v("DnsOptions", s.dns_options);
  v("DnsSearch", s.dns_search);
  v("ExtraHosts", s.extra_hosts);
  v("GroupAdd", s.group_add);
  v("IpcMode", s.ipc_mode);
  v("Cgroup", s.cgroup);
  v("Links", s.links);
  v("OomScoreAdj", s.oom_score_adj);
  v("PidMode", s.pid_mode);
  v("Privileged", s.privileged);
  v("PublishAllPorts", s.publish_all_ports);
  v("ReadonlyRootfs", s.readonly_rootfs);
  v("SecurityOpt", s.security_opt);
  v.omit_empty("StorageOpt", s.storage_opt);
  v.omit_empty("Tmpfs", s.tmpfs);
  v("UTSMode", s.uts_mode);
  v("UsernsMode", s.userns_mode);
  v("ShmSize", s.shm_size);
  v.omit_empty("Sysctls", s.sysctls);
  v.omit_empty("Runtime", s.runtime);
  v("Isolation", s.isolation);
  fields(v, s.resources);
  v.omit_empty("Mounts", s.mounts);
  v("MaskedPaths", s.masked_paths);
  v("ReadonlyPaths", s.readonly_paths);
  v.omit_empty("Init", s.init);
  v.omit_empty("OnUnhealthy", s.on_unhealthy);
  v.omit_empty("RunTimeout", s.run_timeout);
}

}  // namespace mydock::api
