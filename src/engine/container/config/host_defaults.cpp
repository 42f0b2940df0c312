#include "engine/container/config/host_defaults.h"

#include <algorithm>

#include "base/file.h"
#include "engine/container/config/resources.h"

namespace mydock::engine {

namespace {

const api::Strings& default_readonly_paths() {
  static const api::Strings paths{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                  "/proc/sysrq-trigger"};
  return paths;
}

// Read once: the set of CPUs that have the file does not change.
const api::Strings& default_masked_paths() {
  static const api::Strings paths = [] {
    api::Strings list{"/proc/acpi",
                      "/proc/asound",
                      "/proc/interrupts",
                      "/proc/kcore",
                      "/proc/keys",
                      "/proc/latency_stats",
                      "/proc/sched_debug",
                      "/proc/scsi",
                      "/proc/timer_list",
                      "/proc/timer_stats",
                      "/sys/devices/virtual/powercap",
                      "/sys/firmware"};
    for (int cpu = 0;; ++cpu) {
      const std::string directory = "/sys/devices/system/cpu/cpu" + std::to_string(cpu);
      if (!fs::exists(directory)) break;
      const std::string path = directory + "/thermal_throttle";
      if (fs::exists(path)) list.push_back(path);
    }
    return list;
  }();
  return paths;
}

void take_if_empty(std::string& value, std::string_view fallback) {
  if (value.empty()) value = fallback;
}

void apply_log_defaults(api::LogConfig& log, const EngineOptions& options) {
  if (!log.type.empty() && log.type != options.log_driver) return;
  log.type = options.log_driver;
  log.config.insert(options.log_options.begin(), options.log_options.end());
}

// Who shares the host's processes is not confined by labels, as Docker shows it.
void apply_label_defaults(api::HostConfig& host) {
  if (!host.privileged && host.pid_mode != "host" && host.ipc_mode != "host") return;
  api::Strings& options = host.security_opt ? *host.security_opt : host.security_opt.emplace();
  const bool named = std::any_of(options.begin(), options.end(), [](const std::string& option) {
    return option.starts_with("label=") || option.starts_with("label:");
  });
  if (!named) options.emplace_back("label=disable");
}

}  // namespace

void apply_defaults(api::HostConfig& host, const EngineOptions& options, bool cgroup_v2) {
  if (host.network_mode.empty() || host.network_mode == "default") host.network_mode = "bridge";
  take_if_empty(host.ipc_mode, options.default_ipc_mode);
  if (host.cgroupns_mode.empty()) {
    host.cgroupns_mode = cgroup_v2 && !host.privileged ? "private" : "host";
  }
  if (host.shm_size == 0) host.shm_size = options.shm_size;
  take_if_empty(host.runtime, options.default_runtime);
  apply_log_defaults(host.log_config, options);
  take_if_empty(host.restart_policy.name, "no");
  if (host.privileged) {
    host.masked_paths.reset();
    host.readonly_paths.reset();
  } else {
    if (!host.masked_paths) host.masked_paths = default_masked_paths();
    if (!host.readonly_paths) host.readonly_paths = default_readonly_paths();
  }
  apply_label_defaults(host);
  apply_defaults(host.resources, cgroup_v2);
}

}  // namespace mydock::engine
