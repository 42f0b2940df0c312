#pragma once

#include <cstdint>

#include "api/info_parts.h"
#include "api/version.h"

namespace mydock::api {

// GET /info
struct Info {
  std::string id;
  std::int64_t containers = 0;
  std::int64_t containers_running = 0;
  std::int64_t containers_paused = 0;
  std::int64_t containers_stopped = 0;
  std::int64_t images = 0;
  std::string driver;
  std::vector<Strings> driver_status;  // pairs
  PluginNames plugins;
  bool memory_limit = false;
  bool swap_limit = false;
  bool cpu_cfs_period = false;
  bool cpu_cfs_quota = false;
  bool cpu_shares = false;
  bool cpu_set = false;
  bool pids_limit = false;
  bool ipv4_forwarding = false;
  std::optional<bool> bridge_nf;  // set by shape_for, before 1.50
  bool debug = false;
  std::int64_t n_fd = 0;
  bool oom_kill_disable = false;
  std::int64_t n_goroutines = 0;
  std::string system_time;
  std::string logging_driver = "json-file";
  std::string cgroup_driver;
  std::string cgroup_version;
  std::int64_t n_events_listener = 0;
  std::string kernel_version;
  std::string operating_system;
  std::string os_version;
  std::string os_type = "linux";
  std::string architecture;  // as uname says
  std::string index_server_address;
  RegistryConfig registry_config;
  std::int64_t n_cpu = 0;
  std::int64_t mem_total = 0;
  std::string docker_root_dir;
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;
  std::string name;
  Strings labels;
  bool experimental_build = false;
  std::string server_version;
  std::map<std::string, RuntimeEntry> runtimes;
  std::string default_runtime;
  SwarmInfo swarm;
  bool live_restore_enabled = false;
  std::string isolation;
  std::string init_binary;
  Commit containerd_commit;
  Commit runc_commit;
  Commit init_commit;
  Strings security_options;
  std::vector<AddressPool> default_address_pools;
  std::optional<FirewallBackend> firewall_backend;
  Strings cdi_spec_dirs;
  std::optional<Strings> warnings;
  bool operator==(const Info&) const = default;
};
void write_json(JsonWriter& writer, const Info& info);
void read_json(const JsonReader& reader, Info& info);
void shape_for(ApiVersion version, Info& info);

}  // namespace mydock::api
