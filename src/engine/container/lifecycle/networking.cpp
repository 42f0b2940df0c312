#include "engine/container/lifecycle/networking.h"

#include "base/error.h"

namespace mydock::engine {

namespace {

network::EndpointSpec to_spec(const api::EndpointSettings& settings, const std::string& mac) {
  network::EndpointSpec spec;
  if (settings.ipam_config && !settings.ipam_config->ipv4_address.empty()) {
    const std::string& text = settings.ipam_config->ipv4_address;
    spec.address = network::parse_address(text);
    if (!spec.address) fail(Kind::invalid, "invalid IPv4 address: {}", text);
  }
  if (!mac.empty()) {
    spec.mac = network::parse_mac(mac);
    if (!spec.mac) fail(Kind::invalid, "invalid MAC address: {}", mac);
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
}

}  // namespace

void reserve_addresses(Parts& parts, const Definition& definition, api::Endpoints& endpoints) {
  for (auto& [name, settings] : endpoints) {
    const auto mac = definition.macs.find(name);
    const network::EndpointSpec spec =
        to_spec(settings, mac == definition.macs.end() ? std::string() : mac->second);
    take_over(settings, parts.networks.reserve(definition.id, name, spec));
  }
}

void connect_networks(Parts& parts, const std::string& id, pid_t pid) {
  const std::vector<network::EndpointRecord> endpoints = parts.networks.endpoints_of(id);
  if (endpoints.empty()) return;
  const network::Sandbox sandbox = network::Sandbox::open(pid);
  for (const network::EndpointRecord& endpoint : endpoints) {
    if (endpoint.address.prefix != 0) parts.networks.connect(sandbox, endpoint);
  }
}

void publish_network_events(Parts& parts, const Record& record, std::string_view action) {
  for (const auto& [name, settings] : record.status.endpoints) {
    const std::string type = name == "host" ? "host" : name == "none" ? "null" : "bridge";
    parts.events.publish("network", action, settings.network_id,
                         {{"container", record.id()}, {"name", name}, {"type", type}});
  }
}

void disconnect_networks(Parts& parts, const Record& record) {
  if (record.status.endpoints.empty()) return;
  parts.networks.disconnect(record.id());
  publish_network_events(parts, record, "disconnect");
}

api::PortMap publish_ports(Parts& parts, const Definition& definition) {
  const auto requests = port_requests(definition.config, definition.host_config);
  api::PortMap published;
  if (requests.empty()) return published;
  for (const network::EndpointRecord& endpoint : parts.networks.endpoints_of(definition.id)) {
    if (endpoint.address.prefix == 0 || !endpoint.gateway) continue;
    for (const network::PortBinding& got : parts.networks.publish(endpoint.id, requests)) {
      auto& list = published[fmt::format("{}/{}", got.container_port, got.protocol)];
      if (!list) list.emplace();
      list->push_back(
          {.host_ip = network::to_string(got.host), .host_port = std::to_string(got.host_port)});
    }
    break;  // the first network that reaches the outside carries them
  }
  return published;
}

void clear_addresses(Status& status) {
  status.ports.clear();
  for (auto& [name, settings] : status.endpoints) {
    settings.endpoint_id.clear();
    settings.gateway.clear();
    settings.ip_address.clear();
    settings.ip_prefix_len = 0;
    settings.mac_address.clear();
  }
}

}  // namespace mydock::engine
