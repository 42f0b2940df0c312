#include "base/error.h"
#include "network/bridge_options.h"
#include "network/tables.h"

// Published ports: take them on the host, write them down, let the rules send packets on.
namespace mydock::network {

namespace {

// What a request without a host address is for.
HostPorts::AnyHost any_host(const NetworkRecord& network, const EndpointRecord& endpoint) {
  const auto binding = network.options.find(std::string(kHostBinding));
  const auto address =
      binding == network.options.end() ? std::nullopt : parse_address(binding->second);
  if (address && !address->is_any()) return {{*address}};
  HostPorts::AnyHost any{{Address{}}};
  if (endpoint.address6) any.addresses.push_back({0, true});
  return any;
}

void check_families(const std::vector<PortBinding>& bindings, const EndpointRecord& endpoint,
                    const NetworkRecord& network) {
  for (const PortBinding& binding : bindings) {
    if (binding.host.v6 && !endpoint.address6) {
      fail(Kind::invalid,
           "cannot publish {}/{}: the network {} has no IPv6, and nothing translates between the "
           "families",
           host_and_port(binding.host, binding.host_port), binding.protocol, network.name);
    }
  }
}

}  // namespace

std::vector<PortBinding> Networks::publish(std::string_view endpoint_id,
                                           const std::vector<PortRequest>& requests) {
  if (requests.empty()) return {};
  if (!supports_ports()) {
    fail(Kind::not_implemented, "ports cannot be published without firewall rules (--iptables)");
  }
  const auto known = tables_->find_endpoint(endpoint_id);
  if (!known) fail(Kind::not_found, "no such endpoint: {}", endpoint_id);
  const NetworkRecord network = get(known->network_id);
  auto bindings = tables_->ports.take(endpoint_id, requests, any_host(network, *known));
  try {
    check_families(bindings, *known, network);
    const auto endpoint = tables_->set_ports(endpoint_id, bindings);
    if (!endpoint) fail(Kind::not_found, "no such endpoint: {}", endpoint_id);
    tables_->store.put(*endpoint);
    tables_->publish_elements(*endpoint);
  } catch (const Error&) {
    tables_->set_ports(endpoint_id, {});
    tables_->ports.free(endpoint_id);
    throw;
  }
  return bindings;
}

void Networks::unpublish(std::string_view endpoint_id) {
  const auto before = tables_->find_endpoint(endpoint_id);
  if (!before || before->ports.empty()) return;
  if (const auto after = tables_->set_ports(endpoint_id, {})) tables_->store.put(*after);
  tables_->kernel.unpublish(publications_of(*before));
  tables_->ports.free(endpoint_id);
}

std::optional<EndpointRecord> Networks::Tables::find_endpoint(std::string_view id) const {
  const Lock lock(mutex);
  for (const auto& [container, endpoint] : endpoints) {
    if (endpoint.id == id) return endpoint;
  }
  return std::nullopt;
}

void Networks::Tables::publish_elements(const EndpointRecord& endpoint) {
  try {
    kernel.publish(endpoint.host_link, publications_of(endpoint));
  } catch (const Error& error) {
    // Somebody has just deleted our table: a new one has these ports too.
    if (error.error_number() != ENOENT) throw;
    load_rules();
  }
}

}  // namespace mydock::network
