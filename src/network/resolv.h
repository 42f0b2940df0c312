#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mydock::network {

struct ResolvOptions {  // --dns, --dns-search, --dns-option; empty: the host's
  std::vector<std::string> servers;
  std::vector<std::string> search;  // "." alone clears the host's
  std::vector<std::string> options;
};

// The container's /etc/resolv.conf on the default bridge: the host's, without name servers that are
// loopback addresses there; none left: 8.8.8.8 and 8.8.4.4.
std::string container_resolv_conf(std::string_view host_text, const ResolvOptions& overrides);
// The same on user-defined networks, where 127.0.0.11 answers.
std::string internal_resolv_conf(std::string_view host_text, const ResolvOptions& overrides);
// The servers that 127.0.0.11 asks in turn: the given ones, else the host's.
std::vector<std::string> upstream_servers(std::string_view host_text,
                                          const ResolvOptions& overrides);
// With host networking: the host's own text, unless something is overridden.
std::string host_resolv_conf(std::string_view host_text, const ResolvOptions& overrides);
// Reads the daemon host's file; when it names only systemd-resolved's stub, resolved's own file.
std::string read_host_resolv_conf();

struct HostsOptions {
  std::string hostname;
  std::string domainname;
  std::vector<std::string> addresses;                      // the container's, one line each
  std::vector<std::pair<std::string, std::string>> extra;  // {address, name}: --add-host, links
  bool ipv6 = false;
};
// The container's /etc/hosts.
std::string container_hosts(const HostsOptions& options);
// With host networking: the host's file and the extra entries after it.
std::string host_hosts(std::string_view host_text, const HostsOptions& options);

// "name:address" or "name=address" of --add-host, as {address, name}; "host-gateway" becomes
// `gateway`. Errors: invalid.
std::pair<std::string, std::string> parse_extra_host(std::string_view text,
                                                     std::string_view gateway);

}  // namespace mydock::network
