#include "network/bridge_options.h"
#include "network/tables.h"

// Which link an endpoint is, and which of a container's endpoints leads outside.
namespace mydock::network {

ContainerLink Networks::Tables::link_of(const EndpointRecord& endpoint) const {
  const NetworkRecord& network = networks.at(endpoint.network_id).record;
  ContainerLink link;
  link.host_name = endpoint.host_link;
  link.interface = endpoint.interface;
  link.mac = endpoint.mac;
  link.address = endpoint.address;
  link.gateway = endpoint.gateway;
  link.address6 = endpoint.address6;
  link.gateway6 = endpoint.gateway6;
  if (network.driver == "bridge") {
    link.bridge = network.bridge;
    link.isolated = !lets_neighbours_talk(network);
    link.mtu = mtu_of(network, options.mtu);
  } else {
    link.kind = network.driver == "macvlan" ? LinkKind::macvlan : LinkKind::ipvlan;
    link.bridge = parent_of(network);
    link.mode = stacked_mode(network);
    link.mtu = mtu_of(network, 0);  // the parent's own
  }
  return link;
}

const EndpointRecord* Networks::Tables::way_out(std::string_view container, bool v6) const {
  const EndpointRecord* best = nullptr;
  std::string_view best_name;
  const auto [begin, end] = endpoints.equal_range(container);
  for (auto at = begin; at != end; ++at) {
    const EndpointRecord& endpoint = at->second;
    if (!(v6 ? endpoint.gateway6 : endpoint.gateway)) continue;
    const auto network = networks.find(endpoint.network_id);
    if (network == networks.end()) continue;
    const std::string_view name = network->second.record.name;
    const bool better = best == nullptr || endpoint.priority > best->priority ||
                        (endpoint.priority == best->priority && name < best_name);
    if (!better) continue;
    best = &endpoint;
    best_name = name;
  }
  return best;
}

DefaultRoutes Networks::Tables::routes_of(std::string_view container) const {
  const Lock lock(mutex);
  DefaultRoutes routes;
  if (const EndpointRecord* way = way_out(container, false)) {
    routes.interface = way->interface;
    routes.gateway = way->gateway;
  }
  if (const EndpointRecord* way = way_out(container, true)) {
    routes.interface6 = way->interface;
    routes.gateway6 = way->gateway6;
  }
  return routes;
}

std::optional<EndpointRecord> Networks::way_out(std::string_view container_id) const {
  const Lock lock(tables_->mutex);
  const EndpointRecord* way = tables_->way_out(container_id, false);
  return way == nullptr ? std::nullopt : std::optional(*way);
}

}  // namespace mydock::network
