#include "engine/container/spec/etc_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "engine/container/spec/links.h"
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
  for (auto& linked : link_hosts(parts, record)) options.extra.push_back(std::move(linked));
  for (const auto& [name, endpoint] : record.status.endpoints) {
    if (!endpoint.ip_address.empty()) options.addresses.push_back(endpoint.ip_address);
    if (endpoint.global_ipv6_address.empty()) continue;
    options.addresses.push_back(endpoint.global_ipv6_address);
    options.ipv6 = true;
  }
  if (host.network_mode != "host") return network::container_hosts(options);
  return network::host_hosts(find_file("/etc/hosts").value_or(std::string()), options);
}

network::ResolvOptions resolv_options(const Parts& parts, const api::HostConfig& host) {
  const auto choose = [](const std::optional<api::Strings>& asked, const api::Strings& fallback) {
    return asked && !asked->empty() ? *asked : fallback;
  };
  return {.servers = choose(host.dns, parts.options.dns),
          .search = choose(host.dns_search, parts.options.dns_search),
          .options = choose(host.dns_options, parts.options.dns_options)};
}

std::string resolv_conf_text(const Parts& parts, const Record& record) {
  const api::HostConfig& host = record.host_config();
  const network::ResolvOptions overrides = resolv_options(parts, host);
  const std::string text = network::read_host_resolv_conf();
  if (host.network_mode == "host") return network::host_resolv_conf(text, overrides);
  return has_name_server(record) ? network::internal_resolv_conf(text, overrides)
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

bool has_name_server(const Record& record) {
  const auto& endpoints = record.status.endpoints;
  return std::any_of(endpoints.begin(), endpoints.end(),
                     [](const auto& entry) { return is_user_network(entry.first); });
}

network::NameServers name_servers(const Parts& parts, const Record& record) {
  const network::ResolvOptions overrides = resolv_options(parts, record.host_config());
  network::NameServers servers;
  servers.servers = network::upstream_servers(network::read_host_resolv_conf(), overrides);
  servers.ndots_given = std::any_of(overrides.options.begin(), overrides.options.end(),
                                    [](const std::string& option) {
                                      return option.starts_with("ndots:") && option != "ndots:0";
                                    });
  return servers;
}

void update_etc_files(const Parts& parts, const Record& before, const Record& after) {
  write_plain(parts.paths.hosts(after.id()), hosts_text(parts, after));
  if (has_name_server(before) == has_name_server(after)) return;
  // What somebody inside has written stays.
  const fs::path file = parts.paths.resolv_conf(after.id());
  if (find_file(file) != resolv_conf_text(parts, before)) return;
  write_plain(file, resolv_conf_text(parts, after));
}

void update_linked_hosts(const Parts& parts, const std::string& id) {
  for (const auto& container : parts.table.all()) {
    const RecordPtr record = container->record();
    if (!is_running(record->status.state) || !has_link_to(*record, id)) continue;
    write_plain(parts.paths.hosts(record->id()), hosts_text(parts, *record));
  }
}

fs::path etc_directory(const Parts& parts, const Record& record) {
  const std::string_view joined = joined_container(record.host_config().network_mode);
  return parts.paths.container(joined.empty() ? std::string_view(record.id()) : joined);
}

void write_etc_files(const Parts& parts, const Record& record) {
  if (!joined_container(record.host_config().network_mode).empty()) return;
  make_directories(parts.paths.container(record.id()), 0710);
  write_plain(parts.paths.hostname(record.id()), record.config().hostname + "\n");
  write_plain(parts.paths.hosts(record.id()), hosts_text(parts, record));
  write_plain(parts.paths.resolv_conf(record.id()), resolv_conf_text(parts, record));
}

}  // namespace mydock::engine
