#include <algorithm>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "network/bridge_options.h"
#include "network/tables.h"

// What Networks does once, when the daemon starts.
namespace mydock::network {

namespace {

constexpr std::string_view kNoBridge = "none";  // dockerd --bridge=none

std::map<std::string, std::string> default_bridge_options(const Options& options) {
  const auto word = [](bool on) { return std::string(on ? "true" : "false"); };
  return {{std::string(kDefaultBridge), "true"},
          {std::string(kEnableIcc), word(options.icc)},
          {std::string(kMasquerade), word(options.ip_masq)},
          {std::string(kHostBinding), options.publish_address},
          {std::string(kBridgeName), options.bridge_name},
          {std::string(kMtu), std::to_string(options.mtu)}};
}

}  // namespace

void Networks::Tables::load_rows() {
  auto rows = store.networks();
  auto leases = store.endpoints();
  const Lock lock(mutex);
  for (const NetworkRecord& record : rows) {
    if (record.name == "bridge" && options.bridge_name == kNoBridge) continue;
    insert(record);
  }
  for (EndpointRecord& endpoint : leases) {
    const auto found = networks.find(endpoint.network_id);
    if (found == networks.end() || !found->second.pool) continue;
    found->second.pool->take(endpoint.address.address);
    if (endpoint.address6 && found->second.pool6) {
      found->second.pool6->take(endpoint.address6->address);
    }
    std::string container = endpoint.container_id;
    endpoints.emplace(std::move(container), std::move(endpoint));
  }
}

void Networks::Tables::ensure_predefined(const std::string& name, const std::string& driver) {
  NetworkRecord record;
  {
    const Lock lock(mutex);
    if (find(name) != nullptr) return;
    record.id = new_id();
    record.name = name;
    record.driver = driver;
    record.created = now();
    insert(record);
  }
  store.put(record);
}

void Networks::Tables::ensure_default_bridge() {
  const std::vector<Route> routes = kernel.routes();
  NetworkRecord record;
  {
    const Lock lock(mutex);
    const Entry* const known = find("bridge");
    if (known != nullptr) {
      record = known->record;
    } else {
      record.id = new_id();
      record.created = now();
    }
    const NetworkRecord before = record;
    record.name = "bridge";
    record.driver = "bridge";
    record.bridge = options.bridge_name;
    record.options = default_bridge_options(options);
    record.ip_range = options.fixed_cidr;
    if (options.bip) {
      record.subnet = options.bip->subnet();
      record.gateway = options.bip->address;
    } else if (!record.subnet) {
      record.subnet = free_subnet(routes);
      record.gateway = Address{record.subnet->first().value + 1};
    }
    set_default_ipv6(record, routes);
    check_bridge_options(record);
    if (record == before) return;
    insert(record);
    Entry& entry = networks.at(record.id);
    for (const auto& [container, endpoint] : endpoints) {
      if (endpoint.network_id != record.id) continue;
      entry.pool->take(endpoint.address.address);
      if (endpoint.address6 && entry.pool6) entry.pool6->take(endpoint.address6->address);
    }
  }
  store.put(record);
}

void Networks::Tables::set_default_ipv6(NetworkRecord& record, const std::vector<Route>& routes) {
  if (!options.ipv6) {
    record.ipv6.reset();
  } else if (options.bridge6) {
    record.ipv6 = Subnet{.cidr = options.bridge6->subnet()};
  } else if (!record.ipv6) {
    record.ipv6 = Subnet{.cidr = free_subnet(routes, true)};
  }
  if (record.ipv6) record.ipv6->gateway = Address{record.ipv6->cidr.first().value + 1, true};
}

// Whoever deletes all rules of the host (nft flush ruleset, a firewall that loads anew) deletes
// ours; they come back.
void Networks::Tables::guard_rules(const std::stop_token& stop) {
  try {
    while (kernel.wait_for_flush(stop)) {
      log::warn("the table inet mydock was deleted: loading it again");
      load_rules();
    }
  } catch (const std::exception& error) {  // a thread's end
    log::error("the firewall's rules are watched no more: {}", error.what());
  }
}

void Networks::Tables::retake_ports() {
  std::vector<EndpointRecord> published;
  {
    const Lock lock(mutex);
    for (const auto& [container, endpoint] : endpoints) {
      if (!endpoint.ports.empty()) published.push_back(endpoint);
    }
  }
  for (const EndpointRecord& endpoint : published) {
    for (const PortBinding& lost : ports.retake(endpoint.id, endpoint.ports)) {
      log::warn("container {}: another program took the published port {}:{}/{}",
                endpoint.container_id, to_string(lost.host), lost.host_port, lost.protocol);
    }
  }
}

void Networks::start() {
  tables_->load_rows();
  tables_->ensure_predefined("host", "host");
  tables_->ensure_predefined("none", "null");
  if (tables_->options.bridge_name != kNoBridge) tables_->ensure_default_bridge();
  // Rules before links: a bridge with route_localnet must never be without its guard.
  tables_->load_rules();
  for (const NetworkRecord& network : list()) {
    if (!network.bridge.empty()) tables_->make_bridge(network);
  }
  if (tables_->options.ip_forward) tables_->kernel.enable_forwarding();
  tables_->retake_ports();
  if (tables_->options.firewall) {
    tables_->rules_guard = std::jthread(
        [tables = tables_.get()](const std::stop_token& stop) { tables->guard_rules(stop); });
  }
}

}  // namespace mydock::network
