#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"

namespace mydock::daemon {

// An OCI runtime beside our own.
struct RuntimeConfig {
  std::string path;
  std::vector<std::string> arguments;
  bool operator==(const RuntimeConfig&) const = default;
};

// What dockerd's flags and daemon.json say, under dockerd's names. Flags and file together may not
// name one setting; the file's unknown keys are refused, known but unsupported ones only warned of.
struct Config {
  std::vector<std::string> hosts;  // "unix://PATH", "tcp://127.0.0.1:PORT", "fd://"
  std::string data_root = "/var/lib/mydock";
  std::string exec_root = "/var/run/mydock";
  std::string pidfile = "/var/run/mydock.pid";
  std::string config_file = "/etc/mydock/daemon.json";
  std::string group = "docker";
  std::string cgroup_parent;
  std::string log_level = "info";
  bool debug = false;
  bool validate = false;
  bool show_version = false;

  std::string default_runtime = "runc";
  std::map<std::string, RuntimeConfig> runtimes;  // by name
  std::string shim;  // empty: mydock-shim beside the daemon's own program
  bool init = false;
  bool live_restore = false;
  bool no_new_privileges = false;
  std::string seccomp_profile;
  std::int64_t shutdown_timeout = 15;  // seconds
  std::int64_t default_shm_size = 67108864;
  std::vector<std::string> default_ulimits;  // "nofile=1024:2048"
  std::vector<std::string> labels;

  std::string bridge;
  std::string bip;
  std::string fixed_cidr;
  std::string host_gateway_ip;
  std::int64_t mtu = 0;
  bool icc = true;
  bool iptables = true;
  bool ip_forward = true;
  bool ip_masq = true;
  bool ipv6 = false;
  bool ip6tables = true;
  std::string fixed_cidr_v6;
  std::string ip;                                  // where ports are published by default
  std::vector<std::string> default_address_pools;  // "base=10.0.0.0/8,size=24"
  std::vector<std::string> dns;
  std::vector<std::string> dns_options;
  std::vector<std::string> dns_search;
  std::vector<std::string> cdi_spec_dirs;  // empty: /etc/cdi and /var/run/cdi

  std::vector<std::string> insecure_registries;
  std::vector<std::string> registry_mirrors;
  std::int64_t max_concurrent_downloads = 3;
  std::int64_t max_concurrent_uploads = 5;
  std::int64_t max_download_attempts = 5;
  std::string http_proxy;
  std::string https_proxy;
  std::string no_proxy;
  std::map<std::string, std::string> proxies;  // of the file: "http-proxy", …

  std::string log_driver = "json-file";
  std::map<std::string, std::string> log_options;

  std::vector<std::string> warnings;  // about settings that are known and do nothing yet
};

// Reads the command line and the file that it (or the default) names. A default file that is absent
// is fine. Errors: invalid, with dockerd's words. `help` is set to a text to print, if asked for.
Config load_config(int argc, const char* const* argv, std::optional<std::string>& help);

log::Level level_of(const Config& config);

}  // namespace mydock::daemon
