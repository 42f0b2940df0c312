#include "network/networks.h"

#include <algorithm>

#include "base/error.h"
#include "base/id.h"
#include "network/bridge_options.h"
#include "network/tables.h"

namespace mydock::network {

namespace {

// An interface name has at most 15 characters.
std::string host_link_name(std::string_view endpoint_id) {
  return fmt::format("veth{}", endpoint_id.substr(0, 8));
}

}  // namespace

Networks::Networks(state::Database& database, Kernel& kernel, Options options)
    : tables_(std::make_unique<Tables>(database, kernel, std::move(options))) {}

Networks::~Networks() = default;

std::vector<NetworkRecord> Networks::list() const {
  const Lock lock(tables_->mutex);
  std::vector<NetworkRecord> result;
  for (const auto& [id, entry] : tables_->networks) result.push_back(entry.record);
  return result;
}

std::optional<NetworkRecord> Networks::find(std::string_view ref) const {
  const Lock lock(tables_->mutex);
  const auto* entry = tables_->find(ref);
  return entry == nullptr ? std::nullopt : std::optional(entry->record);
}

NetworkRecord Networks::get(std::string_view ref) const {
  const Lock lock(tables_->mutex);
  return tables_->get(ref).record;
}

EndpointRecord Networks::reserve(std::string_view container_id, std::string_view network,
                                 const EndpointSpec& spec) {
  EndpointRecord endpoint;
  {
    const Lock lock(tables_->mutex);
    auto& entry = tables_->get(network);
    const auto [begin, end] = tables_->endpoints.equal_range(container_id);
    const auto there = std::find_if(
        begin, end, [&](const auto& other) { return other.second.network_id == entry.record.id; });
    if (there != end) return there->second;
    endpoint.id = new_id();
    endpoint.container_id = container_id;
    endpoint.network_id = entry.record.id;
    if (entry.pool) {
      const Address address = tables_->take_address(entry, spec);
      endpoint.address = {address, entry.record.subnet->prefix};
      if (!entry.record.internal) endpoint.gateway = entry.record.gateway;
      endpoint.mac = spec.mac.value_or(mac_for(address));
      endpoint.interface = tables_->free_interface(container_id);
      endpoint.host_link = host_link_name(endpoint.id);
    } else {
      endpoint.address.prefix = 0;
    }
    tables_->endpoints.emplace(container_id, endpoint);
  }
  if (endpoint.address.prefix == 0) return endpoint;
  try {
    tables_->store.put(endpoint);
  } catch (const Error&) {
    tables_->release(container_id, endpoint.network_id);
    throw;
  }
  return endpoint;
}

void Networks::connect(const Sandbox& sandbox, const EndpointRecord& endpoint) {
  if (endpoint.address.prefix == 0) return;
  ContainerLink link{.host_name = endpoint.host_link,
                     .bridge = {},
                     .isolated = false,
                     .interface = endpoint.interface,
                     .mac = endpoint.mac,
                     .address = endpoint.address,
                     .gateway = endpoint.gateway,
                     .mtu = tables_->options.mtu};
  {
    const Lock lock(tables_->mutex);
    const NetworkRecord& network = tables_->get(endpoint.network_id).record;
    link.bridge = network.bridge;
    link.isolated = !lets_neighbours_talk(network);
    link.mtu = mtu_of(network, tables_->options.mtu);
    // Only one default route: the first interface's.
    if (endpoint.interface != "eth0") link.gateway.reset();
  }
  tables_->kernel.connect(sandbox.fd(), link);
}

void Networks::disconnect(std::string_view container_id) { tables_->release(container_id, {}); }

void Networks::disconnect(std::string_view container_id, std::string_view network) {
  std::string id;
  std::string link;
  {
    const Lock lock(tables_->mutex);
    id = tables_->get(network).record.id;
    const auto [begin, end] = tables_->endpoints.equal_range(container_id);
    const auto there =
        std::find_if(begin, end, [&](const auto& other) { return other.second.network_id == id; });
    if (there == end) {
      fail(Kind::system, "container {} is not connected to network {}", container_id, network);
    }
    link = there->second.host_link;
  }
  // The container may go on running: here the link cannot be left to the end of its namespace.
  if (!link.empty()) tables_->kernel.remove_link(link);
  tables_->release(container_id, id);
}

void Networks::recover(const std::set<std::string>& live) {
  std::set<std::string> gone;
  {
    const Lock lock(tables_->mutex);
    for (const auto& [container, endpoint] : tables_->endpoints) {
      if (live.count(container) == 0) gone.insert(container);
    }
  }
  for (const std::string& container : gone) tables_->release(container, {});
}

std::vector<EndpointRecord> Networks::endpoints() const {
  const Lock lock(tables_->mutex);
  std::vector<EndpointRecord> result;
  for (const auto& [container, endpoint] : tables_->endpoints) result.push_back(endpoint);
  return result;
}

std::vector<EndpointRecord> Networks::endpoints_of(std::string_view container_id) const {
  const Lock lock(tables_->mutex);
  std::vector<EndpointRecord> result;
  const auto [begin, end] = tables_->endpoints.equal_range(container_id);
  std::transform(begin, end, std::back_inserter(result), [](const auto& e) { return e.second; });
  return result;
}

std::vector<PortBinding> Networks::publish(std::string_view endpoint_id,
                                           const std::vector<PortRequest>& requests) {
  if (requests.empty()) return {};
  if (!supports_ports()) {
    fail(Kind::not_implemented, "ports cannot be published without firewall rules (--iptables)");
  }
  auto bindings = tables_->ports.take(endpoint_id, requests);
  const auto endpoint = tables_->set_ports(endpoint_id, bindings);
  if (!endpoint) {
    tables_->ports.free(endpoint_id);
    fail(Kind::not_found, "no such endpoint: {}", endpoint_id);
  }
  try {
    tables_->store.put(*endpoint);
    tables_->kernel.publish(endpoint->host_link, publications_of(*endpoint));
  } catch (const Error&) {
    tables_->set_ports(endpoint_id, {});
    tables_->ports.free(endpoint_id);
    throw;
  }
  return bindings;
}

bool Networks::supports_ports() const { return tables_->options.firewall; }

}  // namespace mydock::network
