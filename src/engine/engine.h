#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/fd.h"

namespace mydock {
class Reactor;
}
namespace mydock::runtime {
class Tasks;
}

namespace mydock::engine {

class Builds;
class Containers;
class ContainerIo;
class Execs;
class Events;
class Images;
class Networks;
class Registries;
class ContainerFiles;
class Stats;
class System;
class Volumes;

struct UlimitDefault {
  std::int64_t soft = 0;
  std::int64_t hard = 0;
};

// The default bridge network, and what networks may do to the host.
struct NetworkOptions {
  std::string bridge_name = "mydock0";
  std::string bip;         // address of the bridge with its prefix; empty: the first free pool
  std::string fixed_cidr;  // part of it for containers; empty: all of it
  int mtu = 1500;
  bool default_bridge = true;  // false: as --bridge=none
  bool icc = true;
  bool ip_forward = true;  // may turn net.ipv4.ip_forward on
  bool ip_masq = true;
  bool firewall = true;  // false: as --iptables=false: no nft rules at all
  std::string host_gateway_ip;
  bool ipv6 = false;                       // the default bridge has IPv6 too
  std::string fixed_cidr_v6;               // its subnet; empty: one of the pools
  std::string publish_ip;                  // of ports of the default bridge that name none
  std::vector<std::string> address_pools;  // "base=10.0.0.0/8,size=24"
};

struct RegistryOptions {
  std::vector<std::string> insecure;   // host[:port] or CIDR
  std::vector<std::string> mirrors;    // URLs, of docker.io
  std::vector<fs::path> certificates;  // folders as /etc/docker/certs.d
  std::string http_proxy, https_proxy, no_proxy;
  std::size_t most_downloads = 3;
  std::size_t most_uploads = 5;
  int download_attempts = 5;
};

// An OCI runtime that is not our own.
struct RuntimeProgram {
  std::string path;  // or a name, which is looked for in the folders for programs
  std::vector<std::string> arguments;
};

// What a daemon is told by its flags and daemon.json.
struct EngineOptions {
  fs::path data_root = "/var/lib/mydock";
  fs::path exec_root = "/run/mydock";
  fs::path shim_program;
  std::string cgroup_parent;  // empty: "/mydock"
  std::string default_runtime = "runc";
  std::map<std::string, RuntimeProgram> runtimes;  // by the name that create may ask for
  std::string log_driver = "json-file";
  std::map<std::string, std::string> log_options;
  std::vector<std::string> dns;
  std::vector<std::string> dns_search;
  std::vector<fs::path> cdi_directories;  // the later one counts; empty: no such devices
  std::vector<std::string> dns_options;
  NetworkOptions network;
  RegistryOptions registry;
  std::map<std::string, UlimitDefault> ulimits;
  std::vector<std::string> labels;
  std::int64_t shm_size = 67108864;
  std::string default_ipc_mode = "private";
  std::string seccomp_profile;  // path of a JSON profile, "unconfined", or empty: the built-in one
  bool init = false;
  bool no_new_privileges = false;
  bool live_restore = false;  // containers outlive a daemon that is stopped
  bool debug = false;
  bool experimental = false;
  std::chrono::seconds shutdown_timeout{15};
  std::string version;  // of the server
  std::string git_commit;
  std::string build_time;  // RFC 3339
  // Tests put a fake here; empty: the real shim.
  std::shared_ptr<runtime::Tasks> tasks;
};

// Owns every noun of the API. All of it is safe on any thread. Construction takes the lock of the
// data root, opens the stores and restores what ran before; see restore() in container/restore.cpp.
// Errors: system; conflict, "another daemon uses DATA_ROOT".
class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Containers& containers();
  ContainerIo& io();
  Execs& execs();
  Builds& builds();
  Images& images();
  Registries& registries();
  Networks& networks();
  Volumes& volumes();
  Events& events();
  Stats& stats();
  ContainerFiles& files();
  System& system();
  Reactor& reactor();
  const EngineOptions& options() const;

  // Stop was asked for when the daemon ends: for verbs that go on when their client hangs up.
  std::stop_token stopping() const;
  // Ends waits and streams; unless live_restore, stops the containers within their own timeouts,
  // shutdown_timeout at least. Call once, before the destructor.
  void shut_down();

 private:
  struct Everything;
  std::unique_ptr<Everything> all_;
};

}  // namespace mydock::engine
