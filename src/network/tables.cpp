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
  if (record.subnet) {
    entry.pool.emplace(*record.subnet, record.ip_range);
    if (record.gateway) entry.pool->take(*record.gateway);
  }
  networks.insert_or_assign(record.id, std::move(entry));
  ++version;
}

std::vector<Cidr> Networks::Tables::used_subnets(const std::vector<Route>& routes) const {
  std::vector<Cidr> used;
  std::vector<std::string> bridges{options.bridge_name};
  for (const auto& [id, entry] : networks) {
    bridges.push_back(entry.record.bridge);
    if (entry.record.subnet) used.push_back(*entry.record.subnet);
  }
  for (const Route& route : routes) {
    const bool ours = std::find(bridges.begin(), bridges.end(), route.link) != bridges.end();
    if (!ours) used.push_back(route.destination);
  }
  return used;
}

Cidr Networks::Tables::free_subnet(const std::vector<Route>& routes) const {
  const auto& pools = options.default_pools;
  const auto chosen = choose_subnet(pools.empty() ? default_pools() : pools, used_subnets(routes));
  if (!chosen) fail(Kind::invalid, "all predefined address pools have been fully subnetted");
  return *chosen;
}

void Networks::Tables::make_bridge(const NetworkRecord& record) {
  kernel.ensure_bridge({.name = record.bridge,
                        .gateway = {*record.gateway, record.subnet->prefix},
                        .mtu = mtu_of(record, options.mtu),
                        .route_loopback = options.firewall});
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

Address Networks::Tables::take_address(Entry& network, const EndpointSpec& spec) {
  const NetworkRecord& record = network.record;
  if (!spec.address) {
    if (const auto address = network.pool->take()) return *address;
    fail(Kind::unavailable, "no available IPv4 addresses on this network's address pools: {} ({})",
         record.name, record.id);
  }
  if (record.predefined()) {
    fail(Kind::invalid, "user-specified IP address is supported on user-defined networks only");
  }
  if (!network.pool->contains(*spec.address)) {
    fail(Kind::invalid, "no configured subnet contains IP address {}", to_string(*spec.address));
  }
  if (!network.pool->take(*spec.address)) fail(Kind::forbidden, "Address already in use");
  return *spec.address;
}

std::string Networks::Tables::free_interface(std::string_view container) const {
  const auto [begin, end] = endpoints.equal_range(container);
  for (int number = 0;; ++number) {
    std::string name = fmt::format("eth{}", number);
    const bool used =
        std::any_of(begin, end, [&](const auto& entry) { return entry.second.interface == name; });
    if (!used) return name;
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
    result.push_back({.protocol = port.protocol,
                      .host = port.host,
                      .host_port = port.host_port,
                      .target = endpoint.address.address,
                      .target_port = port.container_port});
  }
  return result;
}

}  // namespace mydock::network
