#include "engine/system.h"

#include <algorithm>
#include <thread>

#include "api/version.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "engine/io/log_drivers.h"
#include "engine/parts.h"
#include "engine/system/host.h"
#include "runtime/cgroup.h"

namespace mydock::engine {

namespace {

// A UUID that is made once and kept: clients tell daemons apart by it.
std::string daemon_id(const Paths& paths) {
  if (const auto stored = find_file(paths.daemon_id()); stored && stored->size() == 36) {
    return *stored;
  }
  const std::string hex = random_hex(32);
  const std::string id = fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4),
                                     hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
  write_file_atomically(paths.daemon_id(), id, 0600);
  return id;
}

void count_containers(api::Info& info, const ContainerTable& table) {
  for (const auto& container : table.all()) {
    ++info.containers;
    switch (container->record()->status.state) {
      case State::running:
      case State::restarting:
        ++info.containers_running;
        break;
      case State::paused:
        ++info.containers_paused;
        break;
      default:
        ++info.containers_stopped;
    }
  }
}

void add_cgroups(api::Info& info) {
  const runtime::CgroupHost host = runtime::CgroupHost::detect();
  info.cgroup_driver = "cgroupfs";
  info.cgroup_version = host.mode() == runtime::CgroupMode::unified ? "2" : "1";
  const runtime::CgroupHierarchy* memory = host.find("memory");
  info.memory_limit = memory != nullptr;
  info.swap_limit = memory != nullptr &&
                    (memory->v2 || fs::exists(memory->mountpoint / "memory.memsw.limit_in_bytes"));
  info.oom_kill_disable = memory != nullptr && !memory->v2;
  info.cpu_cfs_period = info.cpu_cfs_quota = info.cpu_shares = host.find("cpu") != nullptr;
  info.cpu_set = host.find("cpuset") != nullptr;
  info.pids_limit = host.find("pids") != nullptr;
  api::Strings warnings;
  const auto warn_without = [&](bool there, std::string_view what) {
    if (!there) warnings.push_back(fmt::format("WARNING: No {} support", what));
  };
  warn_without(info.memory_limit, "memory limit");
  warn_without(info.swap_limit, "swap limit");
  warn_without(info.cpu_shares, "cpu shares");
  warn_without(info.cpu_set, "cpuset");
  warn_without(info.pids_limit, "pids limit");
  if (!info.ipv4_forwarding) warnings.emplace_back("WARNING: IPv4 forwarding is disabled");
  info.warnings = std::move(warnings);
}

void add_constants(api::Info& info) {
  info.driver = "overlay2";
  info.driver_status = {{"Backing Filesystem", "extfs"}, {"Native Overlay Diff", "true"}};
  info.plugins.volume = api::Strings{"local"};
  info.plugins.network = api::Strings{"bridge", "host", "null"};
  info.plugins.log = log_driver_names();
  info.index_server_address = "https://index.docker.io/v1/";
  info.security_options = {"name=seccomp,profile=builtin", "name=cgroupns"};
}

// A proxy's password is nobody's business who may ask for /info.
std::string without_password(std::string proxy) {
  const std::size_t at = proxy.rfind('@');
  if (at == proxy.npos) return proxy;
  const std::size_t scheme = proxy.find("://");
  const std::size_t start = scheme == proxy.npos || scheme > at ? 0 : scheme + 3;
  return proxy.replace(start, at - start, "xxxxx:xxxxx");
}

void add_registries(const RegistryOptions& options, api::Info& info) {
  api::RegistryConfig& config = info.registry_config;
  config.insecure_registry_cidrs = {"::1/128", "127.0.0.0/8"};
  for (const std::string& entry : options.insecure) {
    if (entry.find('/') != entry.npos) {
      config.insecure_registry_cidrs.push_back(entry);
    } else {
      config.index_configs[entry] = {
          .name = entry, .mirrors = {}, .secure = false, .official = false};
    }
  }
  config.index_configs["docker.io"] = {
      .name = "docker.io", .mirrors = options.mirrors, .secure = true, .official = true};
  if (!options.mirrors.empty()) config.mirrors = options.mirrors;
  info.http_proxy = without_password(options.http_proxy);
  info.https_proxy = without_password(options.https_proxy);
  info.no_proxy = options.no_proxy;
}

void add_host(api::Info& info) {
  const HostText host = HostText::read();
  info.kernel_version = host.kernel;
  info.architecture = host.machine;
  info.name = host.name;
  info.operating_system = host.os_name;
  info.os_version = host.os_version;
  info.n_cpu = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  const auto forwarding = find_file("/proc/sys/net/ipv4/ip_forward");
  info.ipv4_forwarding = forwarding && forwarding->starts_with('1');
}

}  // namespace

System::System(Parts& parts) : parts_(parts), id_(daemon_id(parts.paths)) {}

api::Info System::info() const {
  const EngineOptions& options = parts_.options;
  api::Info info;
  info.id = id_;
  count_containers(info, parts_.table);
  info.images = static_cast<std::int64_t>(parts_.images.images.count());
  add_constants(info);
  add_registries(parts_.options.registry, info);
  add_host(info);
  add_cgroups(info);
  info.mem_total = parts_.host.memory;
  info.debug = options.debug;
  info.n_fd = count_entries("/proc/self/fd");
  info.n_goroutines = count_entries("/proc/self/task");
  info.system_time = to_rfc3339(now());
  info.logging_driver = options.log_driver;
  info.n_events_listener = static_cast<std::int64_t>(parts_.events.listeners());
  info.docker_root_dir = options.data_root;
  info.labels = options.labels;
  info.experimental_build = options.experimental;
  info.server_version = options.version;
  for (const std::string& name : parts_.host.runtimes) info.runtimes[name] = {.path = {}};
  for (const auto& [name, runtime] : options.runtimes) info.runtimes[name] = {.path = runtime.path};
  info.default_runtime = options.default_runtime;
  info.live_restore_enabled = options.live_restore;
  info.init_binary = "mydock-shim";
  info.runc_commit.id = options.git_commit;
  info.init_commit.id = options.git_commit;
  info.containerd_commit.id = options.git_commit;
  if (options.network.firewall) info.firewall_backend = api::FirewallBackend{"nftables"};
  return info;
}

api::Version System::version() const {
  const EngineOptions& options = parts_.options;
  const HostText host = HostText::read();
  api::Version version;
  version.platform.name = "mydock";
  version.version = options.version;
  version.api_version = api::kAdvertised.text();
  version.min_api_version = api::kMin.text();
  version.arch = host.go_arch();
  version.git_commit = options.git_commit;
  version.kernel_version = host.kernel;
  version.build_time = options.build_time;
  version.experimental = options.experimental;
  const api::StringMap details{{"ApiVersion", version.api_version},
                               {"Arch", version.arch},
                               {"BuildTime", version.build_time},
                               {"Experimental", options.experimental ? "true" : "false"},
                               {"GitCommit", version.git_commit},
                               {"GoVersion", version.go_version},
                               {"KernelVersion", version.kernel_version},
                               {"MinAPIVersion", version.min_api_version},
                               {"Os", version.os}};
  version.components.push_back({.name = "Engine", .version = version.version, .details = details});
  version.components.push_back({.name = "mydock-shim",
                                .version = version.version,
                                .details = {{"GitCommit", version.git_commit}}});
  return version;
}

}  // namespace mydock::engine
