#include "daemon/wiring.h"

#include <unistd.h>

#include <charconv>

#include "base/error.h"
#include "http/proxy.h"

namespace mydock::daemon {

namespace {

std::int64_t limit_of(std::string_view text, const std::string& whole) {
  if (text == "-1" || text == "unlimited") return -1;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
    fail(Kind::invalid, "invalid ulimit argument: {}", whole);
  }
  return value;
}

// "nofile=1024:2048", or one number for both.
std::pair<std::string, engine::UlimitDefault> parse_ulimit(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) fail(Kind::invalid, "invalid ulimit argument: {}", text);
  const std::string_view values = std::string_view(text).substr(equals + 1);
  const std::size_t colon = values.find(':');
  engine::UlimitDefault limit;
  limit.soft = limit_of(values.substr(0, colon), text);
  limit.hard =
      colon == std::string_view::npos ? limit.soft : limit_of(values.substr(colon + 1), text);
  return {text.substr(0, equals), limit};
}

fs::path shim_program(const Config& config) {
  fs::path program = config.shim;
  if (program.empty()) program = fs::read_symlink("/proc/self/exe").parent_path() / "mydock-shim";
  if (::access(program.c_str(), X_OK) != 0) fail_errno("run {}", program.native());
  return program;
}

engine::NetworkOptions network_options(const Config& config) {
  engine::NetworkOptions options;
  if (!config.bridge.empty() && config.bridge != "none") options.bridge_name = config.bridge;
  options.default_bridge = config.bridge != "none";
  options.bip = config.bip;
  options.fixed_cidr = config.fixed_cidr;
  if (config.mtu > 0) options.mtu = static_cast<int>(config.mtu);
  options.icc = config.icc;
  options.ip_forward = config.ip_forward;
  options.ip_masq = config.ip_masq;
  options.firewall = config.iptables;
  options.host_gateway_ip = config.host_gateway_ip;
  options.ipv6 = config.ipv6;
  options.fixed_cidr_v6 = config.fixed_cidr_v6;
  options.publish_ip = config.ip;
  options.address_pools = config.default_address_pools;
  if (config.ipv6 && config.iptables && !config.ip6tables) {
    fail(Kind::not_implemented, "IPv6 without its firewall rules (ip6tables) is not implemented");
  }
  return options;
}

std::string first_set(const std::string& flag, const Config& config, const std::string& key,
                      const std::string& environment) {
  if (!flag.empty()) return flag;
  const auto found = config.proxies.find(key);
  return found != config.proxies.end() ? found->second : environment;
}

engine::RegistryOptions registry_options(const Config& config) {
  const auto environment = http::ProxySettings::from_environment();
  engine::RegistryOptions options;
  options.insecure = config.insecure_registries;
  options.mirrors = config.registry_mirrors;
  // Beside the configuration file first; Docker's own is known to people and their scripts.
  options.certificates = {fs::path(config.config_file).parent_path() / "certs.d",
                          "/etc/docker/certs.d"};
  options.http_proxy = first_set(config.http_proxy, config, "http-proxy", environment.http);
  options.https_proxy = first_set(config.https_proxy, config, "https-proxy", environment.https);
  options.no_proxy = first_set(config.no_proxy, config, "no-proxy", environment.none);
  options.most_downloads = static_cast<std::size_t>(config.max_concurrent_downloads);
  options.most_uploads = static_cast<std::size_t>(config.max_concurrent_uploads);
  options.download_attempts = static_cast<int>(config.max_download_attempts);
  return options;
}

}  // namespace

engine::EngineOptions engine_options(const Config& config) {
  engine::EngineOptions options;
  options.data_root = config.data_root;
  options.exec_root = config.exec_root;
  options.shim_program = shim_program(config);
  options.cgroup_parent = config.cgroup_parent;
  options.default_runtime = config.default_runtime;
  for (const auto& [name, runtime] : config.runtimes) {
    options.runtimes[name] = {.path = runtime.path, .arguments = runtime.arguments};
  }
  options.log_driver = config.log_driver;
  options.log_options = config.log_options;
  options.dns = config.dns;
  options.dns_search = config.dns_search;
  options.cdi_directories.assign(config.cdi_spec_dirs.begin(), config.cdi_spec_dirs.end());
  if (config.cdi_spec_dirs.empty()) options.cdi_directories = {"/etc/cdi", "/var/run/cdi"};
  options.dns_options = config.dns_options;
  options.network = network_options(config);
  options.registry = registry_options(config);
  for (const std::string& text : config.default_ulimits) options.ulimits.insert(parse_ulimit(text));
  options.labels = config.labels;
  options.shm_size = config.default_shm_size;
  options.seccomp_profile = config.seccomp_profile;
  options.init = config.init;
  options.no_new_privileges = config.no_new_privileges;
  options.live_restore = config.live_restore;
  options.debug = config.debug;
  options.shutdown_timeout = std::chrono::seconds(config.shutdown_timeout);
  options.version = kServerVersion;
  options.git_commit = "mydock";
  return options;
}

}  // namespace mydock::daemon
