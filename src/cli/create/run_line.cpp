#include "cli/create/run_line.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/id.h"

namespace mydock::cli {

namespace {

class Line {
 public:
  void flag(std::string_view name, bool value) {
    if (value) words_.push_back(fmt::format("--{}", name));
  }
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    words_.push_back(fmt::format("--{}", name));
    words_.emplace_back(value);
  }
  void number(std::string_view name, std::int64_t value, std::int64_t absent = 0) {
    if (value != absent) text(name, std::to_string(value));
  }
  void list(std::string_view name, const std::optional<api::Strings>& values) {
    for (const std::string& value : values.value_or(api::Strings{})) text(name, value);
  }
  void map(std::string_view name, const api::StringMap& values) {
    for (const auto& [key, value] : values) text(name, key + "=" + value);
  }
  void word(std::string_view word) { words_.emplace_back(word); }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

const std::string& or_empty(const std::string& value, const std::string& image) {
  static const std::string empty;
  return value == image ? empty : value;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

class Csv {
 public:
  void add(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    text_ += (text_.empty() ? "" : ",") + csv_field(fmt::format("{}={}", key, value));
  }
  void flag(std::string_view key, bool value) {
    if (value) add(key, "true");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string mount_text(const api::Mount& mount) {
  Csv csv;
  csv.add("type", mount.type);
  csv.add("source", mount.source);
  csv.add("target", mount.target);
  csv.flag("readonly", mount.read_only);
  csv.add("consistency", mount.consistency);
  if (const auto& bind = mount.bind_options) {
    csv.add("bind-propagation", bind->propagation);
    if (bind->non_recursive) csv.add("bind-recursive", "disabled");
    if (bind->read_only_non_recursive) csv.add("bind-recursive", "writable");
    if (bind->read_only_force_recursive) csv.add("bind-recursive", "readonly");
  }
  if (const auto& volume = mount.volume_options) {
    csv.flag("volume-nocopy", volume->no_copy);
    for (const auto& [key, value] : volume->labels) csv.add("volume-label", key + "=" + value);
    csv.add("volume-subpath", volume->subpath);
    if (volume->driver_config) {
      csv.add("volume-driver", volume->driver_config->name);
      for (const auto& [key, value] : volume->driver_config->options) {
        csv.add("volume-opt", key + "=" + value);
      }
    }
  }
  if (mount.image_options) csv.add("image-subpath", mount.image_options->subpath);
  if (const auto& tmpfs = mount.tmpfs_options) {
    if (tmpfs->size_bytes != 0) csv.add("tmpfs-size", std::to_string(tmpfs->size_bytes));
    if (tmpfs->mode != 0) csv.add("tmpfs-mode", fmt::format("{:o}", tmpfs->mode));
  }
  return csv.text();
}

void add_mounts(Line& line, const api::ContainerInspect& container,
                const api::ImageRunConfig& image) {
  const api::HostConfig& host = container.host_config;
  line.list("volume", host.binds);
  for (const api::Mount& mount : host.mounts) line.text("mount", mount_text(mount));
  for (const auto& [target, options] : host.tmpfs) {
    line.text("tmpfs", options.empty() ? target : target + ":" + options);
  }
  for (const auto& [target, none] : container.config.volumes.value_or(api::StringSet{})) {
    if (!image.volumes.contains(target)) line.text("volume", target);
  }
  line.list("volumes-from", host.volumes_from);
  line.text("volume-driver", host.volume_driver);
}

std::string port_text(const std::string& port, const api::PortBinding& binding) {
  const bool v6 = binding.host_ip.find(':') != std::string::npos;
  std::string text;
  if (!binding.host_ip.empty())
    text = fmt::format(fmt::runtime(v6 ? "[{}]:" : "{}:"), binding.host_ip);
  if (!binding.host_port.empty() || !text.empty()) text += binding.host_port + ":";
  return text + (port.ends_with("/tcp") ? port.substr(0, port.size() - 4) : port);
}

void add_ports(Line& line, const api::ContainerInspect& container,
               const api::ImageRunConfig& image) {
  const api::HostConfig& host = container.host_config;
  for (const auto& [port, bindings] : host.port_bindings) {
    if (!bindings) continue;
    for (const api::PortBinding& binding : *bindings)
      line.text("publish", port_text(port, binding));
  }
  for (const auto& [port, none] : container.config.exposed_ports) {
    if (!host.port_bindings.contains(port) && !image.exposed_ports.contains(port)) {
      line.text("expose", port);
    }
  }
  line.flag("publish-all", host.publish_all_ports);
}

std::string network_text(const std::string& name, const api::EndpointSettings& endpoint,
                         const std::string& own_id) {
  Csv csv;
  csv.add("name", name);
  for (const std::string& alias : endpoint.aliases.value_or(api::Strings{})) {
    if (alias != own_id) csv.add("alias", alias);
  }
  if (endpoint.ipam_config) {
    csv.add("ip", endpoint.ipam_config->ipv4_address);
    csv.add("ip6", endpoint.ipam_config->ipv6_address);
    for (const std::string& ip : endpoint.ipam_config->link_local_ips) csv.add("link-local-ip", ip);
  }
  for (const auto& [key, value] : endpoint.driver_opts.value_or(api::StringMap{})) {
    csv.add("driver-opt", key + "=" + value);
  }
  if (endpoint.gw_priority.value_or(0) != 0) {
    csv.add("gw-priority", std::to_string(*endpoint.gw_priority));
  }
  const std::string plain = "name=" + name;
  return csv.text() == plain ? name : csv.text();
}

void add_networks(Line& line, const api::ContainerInspect& container) {
  const api::HostConfig& host = container.host_config;
  const std::string own_id = short_id(container.id);
  const auto& networks = container.network_settings.networks;
  const bool plain = host.network_mode == "bridge" || host.network_mode == "default";
  const auto main = networks.find(host.network_mode);
  if (main != networks.end() && !plain) {
    line.text("network", network_text(main->first, main->second, own_id));
  } else if (!plain || networks.size() > 1) {
    line.text("network", host.network_mode);
  }
  for (const auto& [name, endpoint] : networks) {
    if (name != host.network_mode) line.text("network", network_text(name, endpoint, own_id));
  }
  for (const std::string& link : host.links.value_or(api::Strings{})) {
    const std::size_t colon = link.find(':');
    std::string child = link.substr(0, colon);
    if (child.starts_with('/')) child.erase(0, 1);
    line.text("link", child + ":" + link.substr(link.find_last_of("/:") + 1));
  }
  line.text("mac-address", container.config.mac_address);
  line.list("dns", host.dns);
  line.list("dns-option", host.dns_options);
  line.list("dns-search", host.dns_search);
  line.list("add-host", host.extra_hosts);
}

void add_throttles(Line& line, std::string_view name, const api::ThrottleDevices& devices) {
  for (const api::ThrottleDevice& device : devices.value_or(std::vector<api::ThrottleDevice>{})) {
    line.text(name, fmt::format("{}:{}", device.path, device.rate));
  }
}

void add_devices(Line& line, const api::Resources& r) {
  for (const auto& device : r.devices.value_or(std::vector<api::DeviceMapping>{})) {
    line.text("device", fmt::format("{}:{}:{}", device.path_on_host, device.path_in_container,
                                    device.cgroup_permissions));
  }
  for (const auto& request : r.device_requests.value_or(std::vector<api::DeviceRequest>{})) {
    const api::Strings ids = request.device_ids.value_or(api::Strings{});
    if (request.driver == "cdi") {
      for (const std::string& id : ids) line.text("device", id);
    } else if (!ids.empty()) {
      line.text("gpus", fmt::format("\"device={}\"", fmt::join(ids, ",")));
    } else {
      line.text("gpus", request.count < 0 ? "all" : std::to_string(request.count));
    }
  }
  line.list("device-cgroup-rule", r.device_cgroup_rules);
}

void add_resources(Line& line, const api::Resources& r) {
  line.number("memory", r.memory);
  line.number("memory-reservation", r.memory_reservation);
  // Twice the memory is what --memory alone makes of it.
  if (r.memory_swap != 2 * r.memory) line.number("memory-swap", r.memory_swap);
  if (r.memory_swappiness) line.number("memory-swappiness", *r.memory_swappiness, -1);
  line.flag("oom-kill-disable", r.oom_kill_disable.value_or(false));
  if (r.nano_cpus != 0)
    line.text("cpus", fmt::format("{}", static_cast<double>(r.nano_cpus) / 1e9));
  line.number("cpu-shares", r.cpu_shares);
  line.number("cpu-period", r.cpu_period);
  line.number("cpu-quota", r.cpu_quota);
  line.number("cpu-rt-period", r.cpu_realtime_period);
  line.number("cpu-rt-runtime", r.cpu_realtime_runtime);
  line.text("cpuset-cpus", r.cpuset_cpus);
  line.text("cpuset-mems", r.cpuset_mems);
  line.number("pids-limit", r.pids_limit.value_or(0));
  line.number("blkio-weight", r.blkio_weight);
  for (const auto& device : r.blkio_weight_device.value_or(std::vector<api::WeightDevice>{})) {
    line.text("blkio-weight-device", fmt::format("{}:{}", device.path, device.weight));
  }
  add_throttles(line, "device-read-bps", r.blkio_device_read_bps);
  add_throttles(line, "device-write-bps", r.blkio_device_write_bps);
  add_throttles(line, "device-read-iops", r.blkio_device_read_iops);
  add_throttles(line, "device-write-iops", r.blkio_device_write_iops);
  for (const api::Ulimit& limit : r.ulimits.value_or(std::vector<api::Ulimit>{})) {
    line.text("ulimit", fmt::format("{}={}:{}", limit.name, limit.soft, limit.hard));
  }
  line.text("cgroup-parent", r.cgroup_parent);
}

void add_security(Line& line, const api::HostConfig& host) {
  line.flag("privileged", host.privileged);
  line.list("cap-add", host.cap_add);
  line.list("cap-drop", host.cap_drop);
  line.list("group-add", host.group_add);
  const bool label_implied = host.privileged || host.pid_mode == "host" || host.ipc_mode == "host";
  for (const std::string& option : host.security_opt.value_or(api::Strings{})) {
    if (option == "label=disable" && label_implied) continue;
    if (option.starts_with("seccomp={")) {
      fail(Kind::not_implemented, "a seccomp profile of its own cannot be said on a command line");
    }
    line.text("security-opt", option);
  }
  if (!host.privileged && host.masked_paths && host.masked_paths->empty()) {
    line.text("security-opt", "systempaths=unconfined");
  }
  line.flag("read-only", host.readonly_rootfs);
  line.text("userns", host.userns_mode);
  line.map("sysctl", host.sysctls);
}

std::string duration(std::int64_t nanoseconds) {
  return nanoseconds == 0 ? "" : fmt::format("{}ns", nanoseconds);
}

void add_health(Line& line, const api::ContainerConfig& config, const api::ImageRunConfig& image) {
  if (!config.healthcheck || config.healthcheck == image.healthcheck) return;
  const api::Healthcheck& check = *config.healthcheck;
  if (check.test == api::Strings{"NONE"}) return line.flag("no-healthcheck", true);
  if (!check.test.empty() && (!image.healthcheck || image.healthcheck->test != check.test)) {
    std::string command;
    const bool shell = check.test.front() == "CMD-SHELL";
    for (std::size_t i = 1; i < check.test.size(); ++i) {
      command += (i > 1 ? " " : "") + (shell ? check.test[i] : shell_quoted(check.test[i]));
    }
    line.text("health-cmd", command);
  }
  line.text("health-interval", duration(check.interval));
  line.text("health-timeout", duration(check.timeout));
  line.text("health-start-period", duration(check.start_period));
  line.text("health-start-interval", duration(check.start_interval));
  line.number("health-retries", check.retries);
}

void add_log(Line& line, const api::LogConfig& log) {
  if (log.type != "json-file") line.text("log-driver", log.type);
  line.map("log-opt", log.config);
}

void add_restart(Line& line, const api::RestartPolicy& policy) {
  if (policy.name.empty() || policy.name == "no") return;
  line.text("restart", policy.maximum_retry_count > 0
                           ? fmt::format("{}:{}", policy.name, policy.maximum_retry_count)
                           : policy.name);
}

void add_host(Line& line, const api::HostConfig& host) {
  constexpr std::int64_t kShmSize = 67108864;
  line.flag("rm", host.auto_remove);
  add_restart(line, host.restart_policy);
  line.text("pid", host.pid_mode);
  if (host.ipc_mode != "private") line.text("ipc", host.ipc_mode);
  line.text("uts", host.uts_mode);
  line.text("cgroupns", host.cgroupns_mode);
  if (host.shm_size != 0) line.number("shm-size", host.shm_size, kShmSize);
  line.number("oom-score-adj", host.oom_score_adj);
  if (host.init) line.word(fmt::format("--init={}", *host.init));
  if (host.runtime != "runc") line.text("runtime", host.runtime);
  line.text("isolation", host.isolation);
  line.map("annotation", host.annotations);
  line.map("storage-opt", host.storage_opt);
  line.text("on-unhealthy", host.on_unhealthy);
  line.number("timeout", host.run_timeout);
  add_log(line, host.log_config);
}

void add_config(Line& line, const api::ContainerInspect& container,
                const api::ImageRunConfig& image) {
  const api::ContainerConfig& config = container.config;
  const std::string& mode = container.host_config.network_mode;
  const bool own_name =
      mode != "host" && !mode.starts_with("container:") && container.host_config.uts_mode != "host";
  if (own_name && config.hostname != short_id(container.id)) line.text("hostname", config.hostname);
  line.text("domainname", config.domainname);
  line.flag("interactive", config.open_stdin);
  line.flag("tty", config.tty);
  line.text("user", or_empty(config.user, image.user));
  line.text("workdir", or_empty(config.working_dir, image.working_dir));
  for (const std::string& one : config.env.value_or(api::Strings{})) {
    if (std::ranges::find(image.env, one) == image.env.end()) line.text("env", one);
  }
  for (const auto& [key, value] : config.labels) {
    const auto there = image.labels.find(key);
    if (there == image.labels.end() || there->second != value)
      line.text("label", key + "=" + value);
  }
  line.text("stop-signal", or_empty(config.stop_signal, image.stop_signal));
  if (config.stop_timeout) line.text("stop-timeout", std::to_string(*config.stop_timeout));
  add_health(line, config, image);
}

// --entrypoint takes one word: what follows it goes before the command.
void add_command(Line& line, const api::ContainerConfig& config, const api::ImageRunConfig& image) {
  const api::Strings entrypoint = config.entrypoint.value_or(api::Strings{});
  const api::Strings command = config.cmd.value_or(api::Strings{});
  const bool same = entrypoint == image.entrypoint;
  if (!same) {
    line.word("--entrypoint");
    line.word(entrypoint.empty() ? "" : entrypoint.front());
  }
  line.word(config.image);
  if (same && command == image.cmd) return;
  for (std::size_t i = 1; !same && i < entrypoint.size(); ++i) line.word(entrypoint[i]);
  for (const std::string& word : command) line.word(word);
}

}  // namespace

std::vector<std::string> run_line(const api::ContainerInspect& container,
                                  const api::ImageRunConfig& image) {
  Line line;
  line.word("run");
  line.word("--detach");
  line.text("name", container.name.substr(container.name.starts_with('/') ? 1 : 0));
  add_config(line, container, image);
  add_host(line, container.host_config);
  add_security(line, container.host_config);
  add_resources(line, container.host_config.resources);
  add_devices(line, container.host_config.resources);
  add_networks(line, container);
  add_ports(line, container, image);
  add_mounts(line, container, image);
  add_command(line, container.config, image);
  return line.take();
}

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=./:,@%^";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace mydock::cli
