#include "network/tables.h"

#include <algorithm>
#include <exception>

#include "base/error.h"
#include "network/bridge_options.h"
#include "network/rules.h"

namespace mydock::network {

Networks::Tables::Tables(state::Database& database, Kernel& the_kernel, Options the_options)
    : store(database), kernel(the_kernel), options(std::move(the_options)) {}

const Networks::Tables::Entry* Networks::Tables::find(std::string_view ref) const {
  if (const auto by_id = networks.find(std::string(ref)); by_id != networks.end()) {
    return &by_id->second;
  }
  const Entry* prefixed = nullptr;
  std::size_t count = 0;
  for (const auto& [id, entry] : networks) {
    if (entry.record.name == ref) return &entry;
    if (ref.empty() || !id.starts_with(ref)) continue;
    prefixed = &entry;
    ++count;
  }
  return count == 1 ? prefixed : nullptr;
}

Networks::Tables::Entry& Networks::Tables::get(std::string_view ref) {
  if (const Entry* found = find(ref)) return networks.at(found->record.id);
  const auto count =
      ref.empty() ? 0 : std::count_if(networks.begin(), networks.end(), [&](auto& entry) {
        return entry.first.starts_with(ref);
      });
  if (count > 1) {
    fail(Kind::invalid, "network {} is ambiguous ({} matches found on ID prefix)", ref, count);
  }
  fail(Kind::not_found, "network {} not found", ref);
}

void Networks::Tables::insert(const NetworkRecord& record) {
  Entry entry{record, std::nullopt};
  const auto fill = [](std::optional<AddressPool>& pool, const Subnet& subnet) {
    pool.emplace(subnet.cidr, subnet.range);
    if (subnet.gateway) pool->take(*subnet.gateway);
    for (const auto& [name, address] : subnet.auxiliary) pool->take(address);
  };
  if (record.has_addresses()) {
    fill(entry.pool, {*record.subnet, record.ip_range, record.gateway, record.auxiliary});
    if (record.ipv6) fill(entry.pool6, *record.ipv6);
  }
  networks.insert_or_assign(record.id, std::move(entry));
  ++version;
}

std::vector<Cidr> Networks::Tables::used_subnets(const std::vector<Route>& routes) const {
  std::vector<Cidr> used;
  std::vector<std::string> bridges{options.bridge_name};
  for (const auto& [id, entry] : networks) {
    bridges.push_back(entry.record.bridge);
    if (!entry.record.has_addresses()) continue;
    used.push_back(*entry.record.subnet);
    if (entry.record.ipv6) used.push_back(entry.record.ipv6->cidr);
  }
  for (const Route& route : routes) {
    const bool ours = std::find(bridges.begin(), bridges.end(), route.link) != bridges.end();
    if (!ours) used.push_back(route.destination);
  }
  return used;
}

Cidr Networks::Tables::free_subnet(const std::vector<Route>& routes, bool v6) const {
  SubnetPools pools = options.default_pools;
  const bool given = std::any_of(pools.begin(), pools.end(),
                                 [&](const auto& pool) { return pool.first.address.v6 == v6; });
  if (!given) pools = v6 ? default_pools6(options.pool_seed) : default_pools();
  const auto chosen = choose_subnet(pools, used_subnets(routes), v6);
  if (!chosen) fail(Kind::invalid, "all predefined address pools have been fully subnetted");
  return *chosen;
}

void Networks::Tables::make_bridge(const NetworkRecord& record) {
  BridgeLink link{.name = record.bridge,
                  .gateway = {*record.gateway, record.subnet->prefix},
                  .gateway6 = {},
                  .mtu = mtu_of(record, options.mtu),
                  .route_loopback = options.firewall};
  if (record.ipv6) {
    link.gateway6 = Cidr{*record.ipv6->gateway, record.ipv6->cidr.prefix};
    if (options.ip_forward && !record.internal) kernel.enable_forwarding6();
  }
  kernel.ensure_bridge(link);
}

void Networks::Tables::load_rules() {
  if (!options.firewall) return;
  std::uint64_t loaded = 0;
  std::string text;
  while (true) {
    {
      const Lock lock(mutex);
      // Another thread may have loaded an older text after ours: then the version tells.
      if (version == loaded && !text.empty()) return;
      loaded = version;
      std::vector<NetworkRecord> bridged;
      for (const auto& [id, entry] : networks) {
        if (!entry.record.bridge.empty()) bridged.push_back(entry.record);
      }
      text = firewall_rules(bridged, {.masquerade = options.ip_masq}, publications());
    }
    kernel.load_rules(text);
  }
}

namespace {

Address take_from(AddressPool& pool, const NetworkRecord& network,
                  const std::optional<Address>& wanted, std::string_view family) {
  if (!wanted) {
    if (const auto address = pool.take()) return *address;
    fail(Kind::unavailable, "no available {} addresses on this network's address pools: {} ({})",
         family, network.name, network.id);
  }
  if (network.predefined()) {
    fail(Kind::invalid, "user-specified IP address is supported on user-defined networks only");
  }
  if (!pool.contains(*wanted)) {
    fail(Kind::invalid, "no configured subnet contains IP address {}", to_string(*wanted));
  }
  if (!pool.take(*wanted)) fail(Kind::forbidden, "Address already in use");
  return *wanted;
}

}  // namespace

void Networks::Tables::take_addresses(Entry& network, const EndpointSpec& spec,
                                      EndpointRecord& endpoint) {
  const NetworkRecord& record = network.record;
  const Address address = take_from(*network.pool, record, spec.address, "IPv4");
  endpoint.address = {address, record.subnet->prefix};
  if (!record.internal) endpoint.gateway = record.gateway;
  if (!network.pool6) {
    if (!spec.address6) return;
    network.pool->free(address);
    fail(Kind::invalid, "no configured subnet contains IP address {}", to_string(*spec.address6));
  }
  try {
    const Address address6 = take_from(*network.pool6, record, spec.address6, "IPv6");
    endpoint.address6 = Cidr{address6, record.ipv6->cidr.prefix};
  } catch (const Error&) {
    network.pool->free(address);
    throw;
  }
  if (!record.internal) endpoint.gateway6 = record.ipv6->gateway;
}

std::string Networks::Tables::free_interface(std::string_view container,
                                             const NetworkRecord& network,
                                             const std::string& wanted) const {
  const auto [begin, end] = endpoints.equal_range(container);
  const auto used = [&, first = begin, last = end](const std::string& name) {
    return std::any_of(first, last,
                       [&](const auto& entry) { return entry.second.interface == name; });
  };
  if (!wanted.empty()) {
    if (used(wanted)) fail(Kind::invalid, "interface name {} is already in use", wanted);
    return wanted;
  }
  const std::string prefix = interface_prefix(network);
  for (int number = 0;; ++number) {
    std::string name = fmt::format("{}{}", prefix, number);
    if (!used(name)) return name;
  }
}

void Networks::Tables::release(std::string_view container, std::string_view network) {
  std::vector<EndpointRecord> gone;
  {
    const Lock lock(mutex);
    const auto [begin, end] = endpoints.equal_range(container);
    for (auto at = begin; at != end;) {
      if (!network.empty() && at->second.network_id != network) {
        ++at;
        continue;
      }
      if (!at->second.ports.empty()) ++version;
      gone.push_back(std::move(at->second));
      at = endpoints.erase(at);
    }
  }
  if (network.empty()) {
    const Lock lock(mutex);
    if (names) names->end(std::string(container));
  }
  std::exception_ptr failure;
  std::erase_if(gone, [](const auto& endpoint) { return endpoint.address.prefix == 0; });
  for (const EndpointRecord& endpoint : gone) {
    if (endpoint.ports.empty()) continue;
    try {
      kernel.unpublish(publications_of(endpoint));
    } catch (const Error&) {  // all is taken down, then the first failure is told
      if (!failure) failure = std::current_exception();
    }
    ports.free(endpoint.id);
  }
  free_addresses(gone);  // only now: nobody else may get an address that rules still point to
  store.remove_endpoints(gone);
  if (failure) std::rethrow_exception(failure);
}

void Networks::Tables::free_addresses(const std::vector<EndpointRecord>& gone) {
  const Lock lock(mutex);
  for (const EndpointRecord& endpoint : gone) {
    const auto found = networks.find(endpoint.network_id);
    if (found != networks.end() && found->second.pool) {
      found->second.pool->free(endpoint.address.address);
    }
    if (endpoint.address6 && found != networks.end() && found->second.pool6) {
      found->second.pool6->free(endpoint.address6->address);
    }
  }
}

std::optional<EndpointRecord> Networks::Tables::set_ports(std::string_view endpoint_id,
                                                          std::vector<PortBinding> bindings) {
  const Lock lock(mutex);
  for (auto& [container, endpoint] : endpoints) {
    if (endpoint.id != endpoint_id) continue;
    endpoint.ports = std::move(bindings);
    ++version;
    return endpoint;
  }
  return std::nullopt;
}

std::vector<Publication> Networks::Tables::publications() const {
  std::vector<Publication> result;
  for (const auto& [container, endpoint] : endpoints) {
    const auto published = publications_of(endpoint);
    result.insert(result.end(), published.begin(), published.end());
  }
  return result;
}

std::vector<Publication> publications_of(const EndpointRecord& endpoint) {
  std::vector<Publication> result;
  for (const PortBinding& port : endpoint.ports) {
    if (port.host.v6 && !endpoint.address6) continue;
    result.push_back(
        {.protocol = port.protocol,
         .host = port.host,
         .host_port = port.host_port,
         .target = port.host.v6 ? endpoint.address6->address : endpoint.address.address,
         .target_port = port.container_port});
  }
  return result;
}

}  // namespace mydock::network
