#include <charconv>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "cli/create/create_request.h"
#include "cli/create/environment.h"
#include "cli/create/values.h"
#include "cli/format/value.h"

namespace mydock::cli {

namespace {

std::int64_t nano_cpus(const std::string& text) {
  double cpus = 0;
  std::from_chars(text.data(), text.data() + text.size(), cpus);
  const double nano = cpus * 1e9;
  if (std::abs(nano - std::round(nano)) > 1e-3) fail(Kind::invalid, "value is too precise");
  return std::llround(nano);
}

api::ThrottleDevices throttles(const Flags& flags, std::string_view name) {
  std::vector<api::ThrottleDevice> devices;
  for (const std::string& text : flags.list(name)) {
    devices.push_back(parse_throttle(text, name.ends_with("bps")));
  }
  return devices;
}

// vendor.com/class=name, of the container device interface.
bool is_cdi_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::size_t equals = text.find('=');
  return !text.starts_with('/') && slash != std::string_view::npos &&
         equals != std::string_view::npos && slash < equals && equals + 1 < text.size();
}

void apply_devices(const Flags& flags, api::Resources& resources) {
  std::vector<api::DeviceMapping> devices;
  std::vector<api::DeviceRequest> requests;
  api::Strings cdi;
  for (const std::string& text : flags.list("device")) {
    if (is_cdi_name(text)) {
      cdi.push_back(text);
    } else {
      devices.push_back(parse_device(text));
    }
  }
  for (const std::string& text : flags.list("gpus")) requests.push_back(parse_gpus(text));
  if (!cdi.empty()) {
    api::DeviceRequest request;
    request.driver = "cdi";
    request.device_ids = std::move(cdi);
    requests.push_back(std::move(request));
  }
  resources.devices = std::move(devices);
  if (!requests.empty()) resources.device_requests = std::move(requests);
  if (const auto rules = flags.list("device-cgroup-rule"); !rules.empty()) {
    resources.device_cgroup_rules = rules;
  }
}

std::string compact_seccomp(const std::string& path) {
  const auto text = find_file(path);
  if (!text) {
    fail(Kind::invalid, "opening seccomp profile ({0}) failed: open {0}: no such file or directory",
         path);
  }
  return in_context(fmt::format("compacting json for seccomp profile ({}) failed", path),
                    [&] { return to_json_line(parse_value(*text)); });
}

std::int64_t health_duration(const Flags& flags, std::string_view name) {
  const std::int64_t value = flags.duration(name);
  if (value < 0) fail(Kind::invalid, "--{} cannot be negative", name);
  return value;
}

api::EndpointSettings endpoint_of(const NetworkChoice& choice) {
  api::EndpointSettings endpoint;
  if (!choice.aliases.empty()) endpoint.aliases = choice.aliases;
  if (!choice.driver_options.empty()) endpoint.driver_opts = choice.driver_options;
  endpoint.mac_address = choice.mac_address;
  endpoint.gw_priority = choice.gateway_priority;
  if (!choice.ip.empty() || !choice.ip6.empty() || !choice.link_local_ips.empty()) {
    endpoint.ipam_config = api::EndpointIpamConfig{.ipv4_address = choice.ip,
                                                   .ipv6_address = choice.ip6,
                                                   .link_local_ips = choice.link_local_ips};
  }
  return endpoint;
}

bool is_mac_address(std::string_view text) {
  if (text.size() != 17) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fine = i % 3 == 2 ? text[i] == ':' || text[i] == '-'
                                 : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!fine) return false;
  }
  return true;
}

bool is_user_defined(const std::string& network) {
  return network != "default" && network != "bridge" && network != "host" && network != "none" &&
         !network.starts_with("container:");
}

// --ip, --network-alias and so on belong to the first network.
void apply_to_first(const Flags& flags, NetworkChoice& first) {
  const auto take = [&](std::string_view name, std::string& where) {
    if (flags.text(name).empty()) return;
    if (!where.empty()) {
      fail(Kind::invalid, "conflicting options: cannot specify both --{} and per-network {}", name,
           name == "ip"    ? "IPv4 address"
           : name == "ip6" ? "IPv6 address"
                           : "MAC address");
    }
    where = flags.text(name);
  };
  take("ip", first.ip);
  take("ip6", first.ip6);
  take("mac-address", first.mac_address);
  for (std::string& alias : flags.list("network-alias")) first.aliases.push_back(std::move(alias));
  for (std::string& ip : flags.list("link-local-ip")) first.link_local_ips.push_back(std::move(ip));
  if (!first.aliases.empty() && !is_user_defined(first.name)) {
    fail(Kind::invalid, "network-scoped aliases are only supported for user-defined networks");
  }
}

// A relative source that starts with a dot is a path, not a volume's name.
std::string absolute_bind(const std::string& text) {
  const auto [source, rest] = split_pair(text, ':');
  if (!source.starts_with('.')) return text;
  std::string path = std::filesystem::absolute(source).lexically_normal().string();
  if (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path + ":" + rest;
}

}  // namespace

void apply_resources(const Flags& flags, api::Resources& r) {
  r.cpu_shares = flags.integer("cpu-shares", 0);
  r.memory = flags.bytes("memory");
  r.memory_reservation = flags.bytes("memory-reservation");
  r.memory_swap = flags.bytes("memory-swap");
  r.memory_swappiness = flags.integer("memory-swappiness", -1);
  if (*r.memory_swappiness != -1 && (*r.memory_swappiness < 0 || *r.memory_swappiness > 100)) {
    fail(Kind::invalid, "invalid value: {}. Valid memory swappiness range is 0-100",
         *r.memory_swappiness);
  }
  r.oom_kill_disable = flags.boolean("oom-kill-disable");
  if (flags.has("cpus")) r.nano_cpus = nano_cpus(flags.text("cpus"));
  r.cpu_period = flags.integer("cpu-period", 0);
  r.cpu_quota = flags.integer("cpu-quota", 0);
  r.cpu_realtime_period = flags.integer("cpu-rt-period", 0);
  r.cpu_realtime_runtime = flags.integer("cpu-rt-runtime", 0);
  r.cpu_count = flags.integer("cpu-count", 0);
  r.cpu_percent = flags.integer("cpu-percent", 0);
  r.cpuset_cpus = flags.text("cpuset-cpus");
  r.cpuset_mems = flags.text("cpuset-mems");
  r.cgroup_parent = flags.text("cgroup-parent");
  r.pids_limit = flags.integer("pids-limit", 0);
  r.blkio_weight = static_cast<std::uint16_t>(flags.integer("blkio-weight", 0));
  std::vector<api::WeightDevice> weights;
  for (const std::string& text : flags.list("blkio-weight-device"))
    weights.push_back(parse_weight(text));
  r.blkio_weight_device = std::move(weights);
  r.blkio_device_read_bps = throttles(flags, "device-read-bps");
  r.blkio_device_write_bps = throttles(flags, "device-write-bps");
  r.blkio_device_read_iops = throttles(flags, "device-read-iops");
  r.blkio_device_write_iops = throttles(flags, "device-write-iops");
  r.io_maximum_bandwidth = static_cast<std::uint64_t>(flags.bytes("io-maxbandwidth"));
  r.io_maximum_iops = static_cast<std::uint64_t>(flags.integer("io-maxiops", 0));
  std::vector<api::Ulimit> limits;
  for (const std::string& text : flags.list("ulimit")) limits.push_back(parse_ulimit(text));
  r.ulimits = std::move(limits);
  apply_devices(flags, r);
}

void apply_security(const Flags& flags, api::HostConfig& host) {
  api::Strings options;
  for (std::string& option : flags.list("security-opt")) {
    auto [key, value] = split_pair(option);
    if (option.find('=') == std::string::npos && key != "no-new-privileges") {
      std::tie(key, value) = split_pair(option, ':');
    }
    if (value.empty() && key != "no-new-privileges") {
      fail(Kind::invalid, "Invalid --security-opt: {}", go_quote(option));
    }
    if (key == "systempaths" && value == "unconfined") {
      host.masked_paths.emplace();
      host.readonly_paths.emplace();
      continue;
    }
    if (key == "seccomp" && value != "builtin" && value != "unconfined") {
      option = "seccomp=" + compact_seccomp(value);
    }
    options.push_back(std::move(option));
  }
  if (!options.empty()) host.security_opt = std::move(options);
}

void apply_health(const Flags& flags, api::ContainerConfig& config) {
  api::Healthcheck health;
  health.interval = health_duration(flags, "health-interval");
  health.timeout = health_duration(flags, "health-timeout");
  health.start_period = health_duration(flags, "health-start-period");
  health.start_interval = health_duration(flags, "health-start-interval");
  health.retries = flags.integer("health-retries", 0);
  if (health.retries < 0) fail(Kind::invalid, "--health-retries cannot be negative");
  const std::string command = flags.text("health-cmd");
  if (!command.empty()) health.test = {"CMD-SHELL", command};
  const bool any = health != api::Healthcheck{};
  if (flags.boolean("no-healthcheck")) {
    if (any) fail(Kind::invalid, "--no-healthcheck conflicts with --health-* options");
    health.test = {"NONE"};
    config.healthcheck = std::move(health);
  } else if (any) {
    config.healthcheck = std::move(health);
  }
}

void apply_mounts(const Flags& flags, api::ContainerCreate& body) {
  api::Strings binds;
  api::StringSet volumes;
  for (const std::string& text : flags.list("volume")) {
    if (text.empty()) fail(Kind::invalid, "invalid empty volume spec");
    if (text.find(':') == std::string::npos) {
      volumes[text];
    } else if (std::string bind = absolute_bind(text);  // twice the same is once, as with docker
               std::find(binds.begin(), binds.end(), bind) == binds.end()) {
      binds.push_back(std::move(bind));
    }
  }
  if (!binds.empty()) body.host_config.binds = std::move(binds);
  body.config.volumes = std::move(volumes);
  for (const std::string& text : flags.list("mount")) {
    body.host_config.mounts.push_back(parse_mount(text));
  }
  for (const std::string& text : flags.list("tmpfs")) {
    body.host_config.tmpfs.insert(split_pair(text, ':'));
  }
}

void apply_networks(const Flags& flags, api::ContainerCreate& body) {
  const std::string mac = flags.text("mac-address");
  if (!mac.empty() && !is_mac_address(mac))
    fail(Kind::invalid, "{} is not a valid mac address", mac);
  std::vector<NetworkChoice> choices;
  for (const std::string& text : flags.list("network")) choices.push_back(parse_network(text));
  if (choices.empty()) choices.push_back(parse_network("default"));
  apply_to_first(flags, choices.front());
  body.host_config.network_mode = choices.front().name;
  bool user_defined = false;
  bool built_in = false;
  auto& endpoints = body.networking_config.endpoints;
  for (const NetworkChoice& choice : choices) {
    (is_user_defined(choice.name) ? user_defined : built_in) = true;
    if (endpoints.find(choice.name) != endpoints.end()) {
      fail(Kind::invalid, "network {} is specified multiple times", go_quote(choice.name));
    }
    api::EndpointSettings endpoint = endpoint_of(choice);
    if (choices.size() > 1 || endpoint != api::EndpointSettings{})
      endpoints[choice.name] = endpoint;
  }
  if (user_defined && built_in) {
    fail(Kind::invalid,
         "conflicting options: cannot attach both user-defined and non-user-defined network-modes");
  }
}

}  // namespace mydock::cli
