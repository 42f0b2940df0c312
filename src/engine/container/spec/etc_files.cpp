#include "engine/container/spec/etc_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "network/resolv.h"

namespace mydock::engine {

namespace {

// What "host-gateway" stands for.
std::string host_gateway(const Parts& parts) {
  if (!parts.options.network.host_gateway_ip.empty()) return parts.options.network.host_gateway_ip;
  const auto bridge = parts.networks.find("bridge");
  return bridge && bridge->gateway ? network::to_string(*bridge->gateway) : std::string();
}

std::string hosts_text(const Parts& parts, const Record& record) {
  const api::HostConfig& host = record.host_config();
  network::HostsOptions options;
  options.hostname = record.config().hostname;
  options.domainname = record.config().domainname;
  for (const std::string& entry : host.extra_hosts.value_or(api::Strings{})) {
    options.extra.push_back(network::parse_extra_host(entry, host_gateway(parts)));
  }
  for (const auto& [name, endpoint] : record.status.endpoints) {
    if (!endpoint.ip_address.empty()) options.addresses.push_back(endpoint.ip_address);
  }
  if (host.network_mode != "host") return network::container_hosts(options);
  return network::host_hosts(find_file("/etc/hosts").value_or(std::string()), options);
}

std::string resolv_conf_text(const Parts& parts, const api::HostConfig& host) {
  const auto choose = [](const std::optional<api::Strings>& asked, const api::Strings& fallback) {
    return asked && !asked->empty() ? *asked : fallback;
  };
  const network::ResolvOptions overrides{
      .servers = choose(host.dns, parts.options.dns),
      .search = choose(host.dns_search, parts.options.dns_search),
      .options = choose(host.dns_options, parts.options.dns_options)};
  const std::string text = network::read_host_resolv_conf();
  return host.network_mode == "host" ? network::host_resolv_conf(text, overrides)
                                     : network::container_resolv_conf(text, overrides);
}

// In place: a container that sees the file by a bind mount keeps the inode. Every user of the
// container reads it, whatever the daemon's own mask is.
void write_plain(const fs::path& path, std::string_view text) {
  const Fd file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
  check(::fchmod(file.get(), 0644), "chmod {}", path.string());
  write_all(file, text);
}

}  // namespace

fs::path etc_directory(const Parts& parts, const Record& record) {
  const std::string_view joined = joined_container(record.host_config().network_mode);
  return parts.paths.container(joined.empty() ? std::string_view(record.id()) : joined);
}

void write_etc_files(const Parts& parts, const Record& record) {
  if (!joined_container(record.host_config().network_mode).empty()) return;
  make_directories(parts.paths.container(record.id()), 0710);
  write_plain(parts.paths.hostname(record.id()), record.config().hostname + "\n");
  write_plain(parts.paths.hosts(record.id()), hosts_text(parts, record));
  write_plain(parts.paths.resolv_conf(record.id()), resolv_conf_text(parts, record.host_config()));
}

}  // namespace mydock::engine
