#include "cli/create/create_request.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "cli/create/capabilities.h"
#include "cli/create/environment.h"
#include "cli/create/ports.h"
#include "cli/create/values.h"

namespace mydock::cli {

namespace {

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

void apply_streams(const Flags& flags, api::ContainerConfig& config) {
  const auto attach = flags.list("attach");
  const auto wants = [&](std::string_view stream) {
    return std::any_of(attach.begin(), attach.end(),
                       [&](const std::string& word) { return same_word(word, stream); });
  };
  config.open_stdin = flags.boolean("interactive");
  config.tty = flags.boolean("tty");
  config.attach_stdin = wants("stdin") || (attach.empty() && config.open_stdin);
  config.attach_stdout = attach.empty() || wants("stdout");
  config.attach_stderr = attach.empty() || wants("stderr");
  if (flags.boolean("detach")) {
    config.attach_stdin = config.attach_stdout = config.attach_stderr = false;
  }
  config.stdin_once = config.open_stdin && config.attach_stdin;
}

void apply_config(const Flags& flags, const std::vector<std::string>& args,
                  api::ContainerConfig& config) {
  config.hostname = flags.text("hostname");
  config.domainname = flags.text("domainname");
  config.user = flags.text("user");
  config.working_dir = flags.text("workdir");
  config.stop_signal = flags.text("stop-signal");
  config.stop_timeout = flags.integer("stop-timeout");
  config.env = read_environment(flags.list("env-file"), flags.list("env"));
  config.labels = read_labels(flags.list("label-file"), flags.list("label"));
  config.image = args[0];
  if (args.size() > 1) config.cmd = api::Strings(args.begin() + 1, args.end());
  if (flags.has("entrypoint")) config.entrypoint = api::Strings{flags.text("entrypoint")};
}

void apply_ports(const Flags& flags, api::ContainerCreate& body) {
  for (const std::string& port : flags.list("publish")) {
    add_published(port, body.config.exposed_ports, body.host_config.port_bindings);
  }
  for (const std::string& port : flags.list("expose")) add_exposed(port, body.config.exposed_ports);
  body.host_config.publish_all_ports = flags.boolean("publish-all");
}

api::Strings extra_hosts(const Flags& flags) {
  api::Strings hosts = flags.list("add-host");
  for (std::string& host : hosts) {
    const auto at = host.find_first_of("=:");
    std::string address = host.substr(at + 1);
    if (address.size() > 2 && address.front() == '[')
      address = address.substr(1, address.size() - 2);
    host = host.substr(0, at) + ":" + address;
  }
  return hosts;
}

void require_mode(std::string_view flag, std::string_view word, const std::string& mode,
                  bool container) {
  const bool fine = mode.empty() || mode == "host" || (flag == "cgroupns" && mode == "private") ||
                    (container && mode.starts_with("container:") && mode.size() > 10);
  if (!fine) fail(Kind::invalid, "--{}: invalid {} mode", flag, word);
}

void apply_namespaces(const Flags& flags, api::HostConfig& host) {
  host.pid_mode = flags.text("pid");
  host.uts_mode = flags.text("uts");
  host.userns_mode = flags.text("userns");
  host.cgroupns_mode = flags.text("cgroupns");
  host.ipc_mode = flags.text("ipc");
  require_mode("pid", "PID", host.pid_mode, true);
  require_mode("uts", "UTS", host.uts_mode, false);
  require_mode("userns", "USER", host.userns_mode, false);
  require_mode("cgroupns", "CGROUP", host.cgroupns_mode, false);
}

void apply_restart(const Flags& flags, api::HostConfig& host) {
  host.auto_remove = flags.boolean("rm");
  host.restart_policy = parse_restart(flags.text("restart", "no"));
  const std::string& policy = host.restart_policy.name;
  if (host.auto_remove && !policy.empty() && policy != "no") {
    fail(Kind::invalid, "conflicting options: cannot specify both --restart and --rm");
  }
}

void apply_log(const Flags& flags, api::HostConfig& host) {
  host.log_config.type = flags.text("log-driver");
  host.log_config.config = to_map(flags.list("log-opt"));
  if (host.log_config.type == "none" && !host.log_config.config.empty()) {
    fail(Kind::invalid, "invalid logging opts for driver none");
  }
}

api::StringMap storage_options(const Flags& flags) {
  for (const std::string& option : flags.list("storage-opt")) {
    if (option.find('=') == std::string::npos) fail(Kind::invalid, "invalid storage option");
  }
  return to_map(flags.list("storage-opt"));
}

void apply_host(const Flags& flags, api::HostConfig& host) {
  host.annotations = to_map(flags.list("annotation"));
  Capabilities capabilities = resolve_capabilities(flags.list("cap-add"), flags.list("cap-drop"));
  host.cap_add = std::move(capabilities.add);
  host.cap_drop = std::move(capabilities.drop);
  host.container_id_file = flags.text("cidfile");
  host.dns = flags.list("dns");
  host.dns_options = flags.list("dns-option");
  host.dns_search = flags.list("dns-search");
  // docker sends null for these when they are empty, and [] for the ones above.
  if (auto hosts = extra_hosts(flags); !hosts.empty()) host.extra_hosts = std::move(hosts);
  if (auto groups = flags.list("group-add"); !groups.empty()) host.group_add = std::move(groups);
  if (auto links = flags.list("link"); !links.empty()) host.links = std::move(links);
  host.oom_score_adj = flags.integer("oom-score-adj", 0);
  host.privileged = flags.boolean("privileged");
  host.readonly_rootfs = flags.boolean("read-only");
  host.shm_size = flags.bytes("shm-size");
  host.sysctls = to_map(flags.list("sysctl"));
  host.runtime = flags.text("runtime");
  host.isolation = flags.text("isolation");
  host.storage_opt = storage_options(flags);
  host.volume_driver = flags.text("volume-driver");
  if (const auto from = flags.list("volumes-from"); !from.empty()) host.volumes_from = from;
  if (flags.has("init")) host.init = flags.boolean("init");
  host.on_unhealthy = flags.text("on-unhealthy");
  host.run_timeout = flags.integer("timeout", 0);
  apply_namespaces(flags, host);
  apply_restart(flags, host);
  apply_log(flags, host);
}

}  // namespace

CreateRequest make_create_request(const Flags& flags, const std::vector<std::string>& args) {
  CreateRequest request;
  request.name = flags.text("name");
  request.pull = flags.text("pull", "missing");
  request.quiet = flags.boolean("quiet");
  request.id_file = flags.text("cidfile");
  const char* platform = std::getenv("DOCKER_DEFAULT_PLATFORM");
  request.platform = flags.text("platform", platform == nullptr ? "" : platform);
  if (request.pull != "always" && request.pull != "missing" && request.pull != "never") {
    fail(Kind::invalid,
         "invalid pull option: '{}': must be one of \"always\", \"missing\" or \"never\"",
         request.pull);
  }
  api::ContainerCreate& body = request.body;
  apply_streams(flags, body.config);
  apply_config(flags, args, body.config);
  apply_ports(flags, body);
  apply_resources(flags, body.host_config.resources);
  apply_host(flags, body.host_config);
  apply_security(flags, body.host_config);
  apply_health(flags, body.config);
  apply_mounts(flags, body);
  apply_networks(flags, body);
  return request;
}

}  // namespace mydock::cli
