#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "engine/container/config/validate.h"

namespace mydock::engine {

namespace {

bool is_set(const std::optional<api::Strings>& list) { return list && !list->empty(); }

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

void check_names(const api::HostConfig& host) {
  for (const std::string& server : host.dns.value_or(api::Strings{})) {
    if (!is_address(server)) fail(Kind::invalid, "invalid DNS server address: {}", server);
  }
  for (const std::string& entry : host.extra_hosts.value_or(api::Strings{})) {
    const std::size_t colon = std::min(entry.find(':'), entry.size());
    const std::string address = entry.substr(std::min(colon + 1, entry.size()));
    if (colon == 0 || (address != "host-gateway" && !is_address(address))) {
      fail(Kind::invalid, "bad format for add-host: \"{}\"", entry);
    }
  }
}

void refuse_with_joined(const api::ContainerConfig& config, const api::HostConfig& host) {
  if (!config.hostname.empty()) {
    fail(Kind::invalid, "conflicting options: hostname and the network mode");
  }
  if (is_set(host.links)) {
    fail(Kind::invalid,
         "conflicting options: container type network can't be used with links. This would result "
         "in undefined behavior");
  }
  if (is_set(host.dns)) fail(Kind::invalid, "conflicting options: dns and the network mode");
  if (is_set(host.extra_hosts)) {
    fail(Kind::invalid, "conflicting options: custom host-to-IP mapping and the network mode");
  }
  if (!config.mac_address.empty()) {
    fail(Kind::invalid, "conflicting options: mac-address and the network mode");
  }
  if (!host.port_bindings.empty() || host.publish_all_ports) {
    fail(Kind::invalid, "conflicting options: port publishing and the container type network mode");
  }
  if (!config.exposed_ports.empty()) {
    fail(Kind::invalid, "conflicting options: port exposing and the container type network mode");
  }
}

// "80", "80/tcp", "8000-8010/udp".
void check_port(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view numbers = text.substr(0, slash);
  const std::string_view protocol =
      slash == std::string_view::npos ? "tcp" : text.substr(slash + 1);
  const bool protocol_known = protocol == "tcp" || protocol == "udp" || protocol == "sctp";
  const bool digits = !numbers.empty() &&
                      numbers.find_first_not_of("0123456789-") == std::string_view::npos &&
                      numbers.size() <= 11;
  if (!protocol_known || !digits) fail(Kind::invalid, "invalid port specification: \"{}\"", text);
}

}  // namespace

void validate_network(const api::ContainerConfig& config, const api::HostConfig& host) {
  if (!joined_container(host.network_mode).empty()) refuse_with_joined(config, host);
  if (host.uts_mode == "host" && !config.hostname.empty()) {
    fail(Kind::invalid, "conflicting options: hostname and the UTS mode");
  }
  const bool has_own_links = joined_container(host.network_mode).empty();
  if (has_own_links && (host.network_mode == "host" || host.network_mode == "none") &&
      !config.mac_address.empty()) {
    fail(Kind::invalid, "conflicting options: mac-address and the network mode");
  }
  check_names(host);
  for (const auto& [port, empty] : config.exposed_ports) check_port(port);
  for (const auto& [port, bindings] : host.port_bindings) check_port(port);
}

}  // namespace mydock::engine
