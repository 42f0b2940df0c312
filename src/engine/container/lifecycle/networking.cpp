#include "engine/container/lifecycle/networking.h"

#include <algorithm>

#include "base/error.h"
#include "engine/container/query/view.h"
#include "engine/container/spec/etc_files.h"

namespace mydock::engine {

namespace {

constexpr const char* kInterfaceName = "com.docker.network.endpoint.ifname";

std::optional<network::Address> wanted_address(const std::string& text, bool v6) {
  if (text.empty()) return std::nullopt;
  const auto address = network::parse_address(text);
  if (!address || address->v6 != v6) {
    fail(Kind::invalid, "invalid {} address: {}", v6 ? "IPv6" : "IPv4", text);
  }
  return address;
}

// "web:db": the container web by the name of db. "web": by its own.
std::pair<std::string, std::string> parse_link(const Parts& parts, const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string target = text.substr(0, colon);
  const std::string alias = colon == std::string::npos ? target : text.substr(colon + 1);
  if (target.empty() || alias.empty() || alias.find(':') != std::string::npos) {
    fail(Kind::invalid, "bad format for links: {}", text);
  }
  const auto found = parts.table.find(target);
  if (!found) fail(Kind::invalid, "Could not get container for {}", target);
  return {alias, found->record()->name};
}

}  // namespace

network::EndpointSpec endpoint_spec(const Parts& parts, const Record& record,
                                    const std::string& network,
                                    const api::EndpointSettings& settings) {
  network::EndpointSpec spec;
  if (settings.ipam_config) {
    spec.address = wanted_address(settings.ipam_config->ipv4_address, false);
    spec.address6 = wanted_address(settings.ipam_config->ipv6_address, true);
  }
  if (const auto mac = record.definition->macs.find(network);
      mac != record.definition->macs.end() && !mac->second.empty()) {
    spec.mac = network::parse_mac(mac->second);
    if (!spec.mac) fail(Kind::invalid, "invalid MAC address: {}", mac->second);
  }
  spec.priority = settings.gw_priority.value_or(0);
  if (settings.driver_opts) {
    const auto name = settings.driver_opts->find(kInterfaceName);
    if (name != settings.driver_opts->end()) spec.interface = name->second;
  }
  if (!is_user_network(network)) return spec;
  spec.names = dns_names(record, settings);
  for (const std::string& link : settings.links.value_or(api::Strings{})) {
    spec.links.insert(parse_link(parts, link));
  }
  return spec;
}

void take_over(api::EndpointSettings& settings, const network::EndpointRecord& endpoint) {
  settings.network_id = endpoint.network_id;
  settings.endpoint_id = endpoint.id;
  if (endpoint.address.prefix == 0) return;
  settings.ip_address = network::to_string(endpoint.address.address);
  settings.ip_prefix_len = endpoint.address.prefix;
  settings.gateway = endpoint.gateway ? network::to_string(*endpoint.gateway) : std::string();
  settings.mac_address = network::to_string(endpoint.mac);
  if (!endpoint.address6) return;
  settings.global_ipv6_address = network::to_string(endpoint.address6->address);
  settings.global_ipv6_prefix_len = endpoint.address6->prefix;
  if (endpoint.gateway6) settings.ipv6_gateway = network::to_string(*endpoint.gateway6);
}

void check_endpoint(const Parts& parts, const std::string& network,
                    const api::EndpointSettings& settings) {
  const auto refuse = [&](std::string_view why) {
    fail(Kind::invalid, "invalid config for network {}: invalid endpoint settings:\n{}", network,
         why);
  };
  const bool wants_address = settings.ipam_config && (!settings.ipam_config->ipv4_address.empty() ||
                                                      !settings.ipam_config->ipv6_address.empty());
  if (!is_user_network(network)) {
    if (wants_address) {
      refuse("user specified IP address is supported on user defined networks only");
    }
    if (settings.aliases && !settings.aliases->empty()) {
      refuse("network-scoped alias is supported only for containers in user defined networks");
    }
  }
  if (!wants_address) return;
  const auto record = parts.networks.find(network);
  if (record && !record->own_subnet) {
    refuse(
        "user specified IP address is supported only when connecting to networks with user "
        "configured subnets");
  }
  static_cast<void>(wanted_address(settings.ipam_config->ipv4_address, false));
  static_cast<void>(wanted_address(settings.ipam_config->ipv6_address, true));
}

void reserve_addresses(Parts& parts, const Record& record, api::Endpoints& endpoints) {
  for (auto& [name, settings] : endpoints) {
    take_over(settings, parts.networks.reserve(record.id(), name,
                                               endpoint_spec(parts, record, name, settings)));
  }
}

void connect_networks(Parts& parts, const Record& record, pid_t pid) {
  const std::vector<network::EndpointRecord> endpoints = parts.networks.endpoints_of(record.id());
  if (endpoints.empty()) return;
  const network::Sandbox sandbox = network::Sandbox::open(pid);
  for (const network::EndpointRecord& endpoint : endpoints) {
    if (endpoint.address.prefix != 0) parts.networks.connect(sandbox, endpoint);
  }
  if (has_name_server(record)) {
    parts.networks.serve_names(record.id(), sandbox, name_servers(parts, record));
  }
}

void serve_names(Parts& parts, const Record& record, pid_t pid) {
  if (!has_name_server(record)) return;
  parts.networks.serve_names(record.id(), network::Sandbox::open(pid), name_servers(parts, record));
}

void publish_network_event(Parts& parts, const std::string& container, std::string_view action,
                           const std::string& network) {
  const auto record = parts.networks.find(network);
  parts.events.publish("network", action, record ? record->id : std::string(),
                       {{"container", container},
                        {"name", network},
                        {"type", record ? record->driver : std::string("bridge")}});
}

void publish_network_events(Parts& parts, const Record& record, std::string_view action) {
  for (const auto& [name, settings] : record.status.endpoints) {
    publish_network_event(parts, record.id(), action, name);
  }
}

void disconnect_networks(Parts& parts, const Record& record) {
  if (record.status.endpoints.empty()) return;
  parts.networks.disconnect(record.id());
  publish_network_events(parts, record, "disconnect");
}

namespace {

api::PortMap to_api(const std::vector<network::PortBinding>& bindings) {
  api::PortMap published;
  for (const network::PortBinding& got : bindings) {
    auto& list = published[fmt::format("{}/{}", got.container_port, got.protocol)];
    if (!list) list.emplace();
    list->push_back(
        {.host_ip = network::to_string(got.host), .host_port = std::to_string(got.host_port)});
  }
  return published;
}

// The endpoint that carries the ports: where the default route is, if the host is the gateway.
std::optional<network::EndpointRecord> port_carrier(const Parts& parts, std::string_view id) {
  auto way = parts.networks.way_out(id);
  return way && !way->host_link.empty() ? way : std::nullopt;
}

}  // namespace

api::PortMap publish_ports(Parts& parts, const Definition& definition) {
  const auto requests = port_requests(definition.config, definition.host_config);
  if (requests.empty()) return {};
  const auto carrier = port_carrier(parts, definition.id);
  return carrier ? to_api(parts.networks.publish(carrier->id, requests)) : api::PortMap{};
}

void move_ports(Parts& parts, Container& container) {
  const auto requests =
      port_requests(container.record()->definition->config, container.record()->host_config());
  if (requests.empty()) return;
  const auto carrier = port_carrier(parts, container.id());
  if (carrier && !carrier->ports.empty()) return;  // they are where they belong
  for (const network::EndpointRecord& endpoint : parts.networks.endpoints_of(container.id())) {
    parts.networks.unpublish(endpoint.id);
  }
  api::PortMap ports;
  if (carrier) ports = to_api(parts.networks.publish(carrier->id, requests));
  container.change([&](Record& record, Live&) { record.status.ports = std::move(ports); });
}

void clear_addresses(Status& status) {
  status.ports.clear();
  for (auto& [name, settings] : status.endpoints) {
    settings.endpoint_id.clear();
    settings.gateway.clear();
    settings.ip_address.clear();
    settings.ip_prefix_len = 0;
    settings.mac_address.clear();
    settings.ipv6_gateway.clear();
    settings.global_ipv6_address.clear();
    settings.global_ipv6_prefix_len = 0;
  }
}

}  // namespace mydock::engine
