#include "engine/container/config/validate.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/json.h"
#include "engine/container/restart_policy.h"
#include "engine/container/signals.h"
#include "engine/io/log_drivers.h"
#include "runtime/capabilities.h"

namespace mydock::engine {

namespace {

constexpr std::int64_t kLeastDuration = 1'000'000;  // one millisecond

void check_duration(std::int64_t value, std::string_view name) {
  if (value != 0 && value < kLeastDuration) {
    fail(Kind::invalid, "{} in Healthcheck cannot be less than 1ms", name);
  }
}

void validate_healthcheck(const api::Healthcheck& check) {
  check_duration(check.interval, "Interval");
  check_duration(check.timeout, "Timeout");
  check_duration(check.start_period, "StartPeriod");
  check_duration(check.start_interval, "StartInterval");
  if (check.retries < 0) fail(Kind::invalid, "Retries in Healthcheck cannot be negative");
}

void validate_watching(const api::HostConfig& host) {
  constexpr std::array<std::string_view, 5> kActions{"", "none", "kill", "restart", "stop"};
  if (std::find(kActions.begin(), kActions.end(), host.on_unhealthy) == kActions.end()) {
    fail(Kind::invalid, "invalid OnUnhealthy '{}': use one of 'none', 'kill', 'restart', or 'stop'",
         host.on_unhealthy);
  }
  constexpr std::int64_t kLongest = std::int64_t{100} * 365 * 24 * 3600;
  if (host.run_timeout < 0 || host.run_timeout > kLongest) {
    fail(Kind::invalid, "invalid RunTimeout {}: seconds, 0 for none", host.run_timeout);
  }
}

void validate_security_options(const std::optional<api::Strings>& options) {
  if (!options) return;
  for (const std::string& option : *options) {
    if (option == "no-new-privileges") continue;
    const std::size_t at = option.find_first_of("=:");
    if (at == std::string::npos) fail(Kind::invalid, "invalid --security-opt 1: \"{}\"", option);
    const std::string_view key = std::string_view(option).substr(0, at);
    const std::string_view value = std::string_view(option).substr(at + 1);
    if (key == "no-new-privileges" || key == "writable-cgroups") {
      const bool known = value == "true" || value == "false" || value == "1" || value == "0";
      if (!known) fail(Kind::invalid, "invalid --security-opt 2: \"{}\"", option);
    } else if (key != "seccomp" && key != "apparmor" && key != "label" && key != "systempaths") {
      fail(Kind::invalid, "invalid --security-opt 2: \"{}\"", option);
    }
  }
}

void validate_modes(const api::HostConfig& host) {
  const auto one_of = [](std::string_view mode, std::initializer_list<std::string_view> known) {
    return std::find(known.begin(), known.end(), mode) != known.end();
  };
  if (!one_of(host.pid_mode, {"", "host"}) && joined_container(host.pid_mode).empty()) {
    fail(Kind::invalid, "invalid PID mode: {}", host.pid_mode);
  }
  if (!one_of(host.ipc_mode, {"", "private", "shareable", "none", "host"}) &&
      joined_container(host.ipc_mode).empty()) {
    fail(Kind::invalid, "invalid IPC mode: {}", host.ipc_mode);
  }
  if (!one_of(host.uts_mode, {"", "host"})) {
    fail(Kind::invalid, "invalid UTS mode: {}", host.uts_mode);
  }
  if (!one_of(host.cgroupns_mode, {"", "private", "host"})) {
    fail(Kind::invalid, "invalid cgroup namespace mode: {}", host.cgroupns_mode);
  }
  if (!one_of(host.userns_mode, {"", "host"})) {
    fail(Kind::invalid, "invalid user namespace mode: {}", host.userns_mode);
  }
}

// Whether the kernel has such a name, and lets a container set it, is told at start. A name like
// "a..b" or a value with a line break could mean two things to two readers (CVE-2022-0811).
void validate_sysctls(const std::map<std::string, std::string>& sysctls) {
  for (const auto& [name, value] : sysctls) {
    const bool plain = !name.empty() && name.front() != '.' && name.back() != '.' &&
                       name.find("..") == std::string::npos &&
                       name.find_first_of(" +\n\t") == std::string::npos;
    if (!plain || value.find_first_of("\n\r") != std::string::npos) {
      fail(Kind::invalid, "invalid sysctl {}={}", json_quote(name), json_quote(value));
    }
  }
}

void validate_host(const api::HostConfig& host, const HostFacts& facts) {
  if (host.auto_remove && !host.restart_policy.name.empty() && host.restart_policy.name != "no") {
    fail(Kind::invalid, "can't create 'AutoRemove' container with restart policy");
  }
  validate(host.restart_policy);
  runtime::normalize_capabilities(host.cap_add.value_or(api::Strings{}), "CapAdd");
  runtime::normalize_capabilities(host.cap_drop.value_or(api::Strings{}), "CapDrop");
  validate_security_options(host.security_opt);
  validate_modes(host);
  validate_sysctls(host.sysctls);
  if (host.oom_score_adj < -1000 || host.oom_score_adj > 1000) {
    fail(Kind::invalid, "Invalid value {}, range for oom score adj is [-1000, 1000]",
         host.oom_score_adj);
  }
  if (host.shm_size < 0) fail(Kind::invalid, "SHM size can not be less than 0");
  const auto& known = facts.runtimes;
  if (!host.runtime.empty() && std::find(known.begin(), known.end(), host.runtime) == known.end()) {
    fail(Kind::invalid, "unknown or invalid runtime name: {}", host.runtime);
  }
  if (!host.isolation.empty() && host.isolation != "default") {
    fail(Kind::invalid, "invalid isolation '{}' on linux", host.isolation);
  }
}

}  // namespace

std::string_view joined_container(std::string_view mode) {
  constexpr std::string_view kPrefix = "container:";
  return mode.starts_with(kPrefix) ? mode.substr(kPrefix.size()) : std::string_view();
}

void validate_config(const api::ContainerConfig& config) {
  for (const std::string& entry : config.env.value_or(api::Strings{})) {
    if (entry.empty() || entry.front() == '=') {
      fail(Kind::invalid, "invalid environment variable: {}", entry);
    }
  }
  if (config.healthcheck) validate_healthcheck(*config.healthcheck);
  if (!config.stop_signal.empty() && !parse_signal(config.stop_signal)) {
    fail(Kind::invalid, "invalid signal: {}", config.stop_signal);
  }
  if (!config.working_dir.empty() && config.working_dir.front() != '/') {
    fail(Kind::invalid, "the working directory '{}' is invalid, it needs to be an absolute path",
         config.working_dir);
  }
  constexpr std::size_t kLongestHostname = 64;
  if (config.hostname.size() > kLongestHostname) {
    fail(Kind::invalid, "hostname \"{}\" is too long (maximum {} bytes)", config.hostname,
         kLongestHostname);
  }
  for (const std::string& text : {config.hostname, config.domainname, config.user}) {
    if (text.find('\0') != std::string::npos) fail(Kind::invalid, "NUL byte in configuration");
  }
}

void validate_create(const api::ContainerConfig& config, api::HostConfig& host,
                     const HostFacts& facts, api::Strings& warnings) {
  validate_config(config);
  validate_host(host, facts);
  validate_network(config, host);
  validate_watching(host);
  validate_resources(host.resources, facts, warnings);
  validate_log(host.log_config);
  if (joined_container(host.network_mode).empty() && host.network_mode == "host" &&
      !host.port_bindings.empty()) {
    warnings.emplace_back("Published ports are discarded when using host network mode");
  }
}

}  // namespace mydock::engine
