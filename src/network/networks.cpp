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
    if (entry.record.config_only) {
      fail(Kind::forbidden, "cannot create endpoint on configuration-only network");
    }
    endpoint.names = spec.names;
    endpoint.links = spec.links;
    endpoint.priority = spec.priority;
    if (entry.pool) {
      endpoint.interface = tables_->free_interface(container_id, entry.record, spec.interface);
      tables_->take_addresses(entry, spec, endpoint);
      endpoint.mac = spec.mac.value_or(mac_for(endpoint.address.address));
      if (!entry.record.bridge.empty()) endpoint.host_link = host_link_name(endpoint.id);
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

void Networks::connect(const Sandbox& sandbox, const EndpointRecord& endpoint, bool running) {
  if (endpoint.address.prefix == 0) return;
  ContainerLink link;
  {
    const Lock lock(tables_->mutex);
    link = tables_->link_of(endpoint);
    // Only one default route of each family.
    const EndpointRecord* const way = tables_->way_out(endpoint.container_id, false);
    const EndpointRecord* const way6 = tables_->way_out(endpoint.container_id, true);
    if (running || way == nullptr || way->id != endpoint.id) link.gateway.reset();
    if (running || way6 == nullptr || way6->id != endpoint.id) link.gateway6.reset();
  }
  tables_->kernel.connect(sandbox.fd(), link);
  if (!running) return;
  tables_->kernel.set_default_routes(sandbox.fd(), tables_->routes_of(endpoint.container_id));
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

void Networks::disconnect(std::string_view container_id, std::string_view network,
                          const Sandbox& sandbox) {
  const std::string id = get(network).id;
  for (const EndpointRecord& endpoint : endpoints_of(container_id)) {
    if (endpoint.network_id != id) continue;
    if (endpoint.address.prefix != 0) {
      tables_->kernel.disconnect(sandbox.fd(), endpoint.interface);
    }
    tables_->release(container_id, id);
    tables_->kernel.set_default_routes(sandbox.fd(), tables_->routes_of(container_id));
    return;
  }
  fail(Kind::system, "container {} is not connected to network {}", container_id, network);
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

bool Networks::supports_ports() const { return tables_->options.firewall; }

}  // namespace mydock::network
