#include "engine/container/spec/spec_builder.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "engine/container/config/environment.h"
#include "engine/container/config/resources.h"
#include "engine/container/config/validate.h"
#include "runtime/capabilities.h"

namespace mydock::engine {

namespace {

oci::Process build_process(const SpecInput& input) {
  const api::ContainerConfig& config = input.definition.config;
  const api::HostConfig& host = input.definition.host_config;
  oci::Process process;
  process.terminal = config.tty;
  if (config.tty && host.console_size[0] != 0) {
    process.console_size = oci::ConsoleSize{host.console_size[0], host.console_size[1]};
  }
  process.args = command_line(config);
  process.env = process_env(config.env.value_or(api::Strings{}), input.hostname, config.tty,
                            input.link_environment);
  process.cwd = config.working_dir.empty() ? "/" : config.working_dir;
  process.capabilities = capability_sets(container_capabilities(host));
  process.rlimits = build_rlimits(input.ulimits, host);
  process.no_new_privileges = wants_no_new_privileges(host, input.no_new_privileges);
  process.oom_score_adj = static_cast<int>(host.oom_score_adj);
  return process;
}

std::map<std::string, std::string> build_sysctls(const api::HostConfig& host) {
  std::map<std::string, std::string> sysctls = host.sysctls;
  const bool own_network =
      host.network_mode != "host" && joined_container(host.network_mode).empty();
  if (own_network) {
    sysctls.emplace("net.ipv4.ip_unprivileged_port_start", "0");
    sysctls.emplace("net.ipv4.ping_group_range", "0 2147483647");
  }
  return sysctls;
}

// {type, whether the mode asks for the host's, path of one to join}
void add_namespace(std::vector<oci::Namespace>& list, std::string type, bool of_host,
                   const std::string& path) {
  if (!of_host) list.push_back({.type = std::move(type), .path = path});
}

}  // namespace

oci::Capabilities capability_sets(const std::vector<std::string>& names) {
  return {
      .bounding = names, .effective = names, .inheritable = {}, .permitted = names, .ambient = {}};
}

std::vector<std::string> container_capabilities(const api::HostConfig& host) {
  return runtime::resolve_capabilities(host.cap_add.value_or(api::Strings{}),
                                       host.cap_drop.value_or(api::Strings{}), host.privileged);
}

std::string security_option(const api::HostConfig& host, std::string_view key) {
  std::string value;
  for (const std::string& option : host.security_opt.value_or(api::Strings{})) {
    const std::size_t at = option.find_first_of("=:");
    if (at == std::string::npos) {
      if (option == key) value = "true";
    } else if (std::string_view(option).substr(0, at) == key) {
      value = option.substr(at + 1);
    }
  }
  return value;
}

bool wants_no_new_privileges(const api::HostConfig& host, bool by_default) {
  const std::string value = security_option(host, "no-new-privileges");
  return value.empty() ? by_default : value == "true" || value == "1";
}

std::vector<oci::Rlimit> build_rlimits(std::map<std::string, UlimitDefault> limits,
                                       const api::HostConfig& host) {
  if (host.resources.ulimits) {
    for (const api::Ulimit& limit : *host.resources.ulimits) {
      limits[limit.name] = {limit.soft, limit.hard};
    }
  }
  std::vector<oci::Rlimit> list;
  for (const auto& [name, limit] : limits) {
    std::string type = "RLIMIT_" + name;
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    list.push_back({.type = std::move(type),
                    .hard = static_cast<std::uint64_t>(limit.hard),
                    .soft = static_cast<std::uint64_t>(limit.soft)});
  }
  return list;
}

std::vector<oci::Namespace> build_namespaces(const SpecInput& input) {
  const api::HostConfig& host = input.definition.host_config;
  std::vector<oci::Namespace> list;
  add_namespace(list, "mount", false, {});
  add_namespace(list, "network", host.network_mode == "host", input.network_namespace);
  add_namespace(list, "uts", host.uts_mode == "host", {});
  add_namespace(list, "pid", host.pid_mode == "host", input.pid_namespace);
  add_namespace(list, "ipc", host.ipc_mode == "host", input.ipc_namespace);
  add_namespace(list, "cgroup", host.cgroupns_mode != "private", {});
  return list;
}

oci::Spec build_spec(const SpecInput& input) {
  const api::ContainerConfig& config = input.definition.config;
  const api::HostConfig& host = input.definition.host_config;
  oci::Spec spec;
  spec.process = build_process(input);
  spec.root = {.path = input.root, .readonly = host.readonly_rootfs};
  if (host.uts_mode != "host") {
    spec.hostname = input.hostname;
    spec.domainname = config.domainname;
  }
  spec.mounts = build_mounts(input);
  spec.annotations = host.annotations;
  spec.linux.namespaces = build_namespaces(input);
  spec.linux.devices = input.devices.nodes;
  spec.linux.cgroups_path = input.cgroup_path;
  spec.linux.resources = to_oci(host.resources);
  spec.linux.resources.devices = input.devices.rules;
  spec.linux.sysctl = build_sysctls(host);
  if (!host.privileged) {
    spec.linux.masked_paths = host.masked_paths.value_or(api::Strings{});
    spec.linux.readonly_paths = host.readonly_paths.value_or(api::Strings{});
  }
  return spec;
}

}  // namespace mydock::engine
