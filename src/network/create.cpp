#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/id.h"
#include "network/bridge_options.h"
#include "network/tables.h"

// User-defined networks: create and remove.
namespace mydock::network {

namespace {

void check_name(const std::string& name) {
  if (name.empty()) fail(Kind::invalid, "network name cannot be empty");
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == ' ';
  };
  const auto word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  const bool good = std::all_of(name.begin(), name.end(), allowed) &&
                    word(static_cast<unsigned char>(name.front())) &&
                    word(static_cast<unsigned char>(name.back()));
  if (!good) fail(Kind::invalid, "invalid network name: {}", name);
  if (name == "bridge" || name == "host" || name == "none" || name == "default") {
    fail(Kind::forbidden, "operation is not permitted on predefined {} network ", name);
  }
}

void check_driver(const std::string& driver) {
  if (driver == "host" || driver == "null") {
    fail(Kind::forbidden, "only one instance of \"{}\" network is allowed", driver);
  }
  if (driver == "macvlan" || driver == "ipvlan" || driver == "overlay") {
    fail(Kind::not_implemented, "the network driver {} is not implemented", driver);
  }
  if (driver != "bridge") fail(Kind::not_found, "plugin \"{}\" not found", driver);
}

void check_addresses(const NetworkRecord& record) {
  const Cidr subnet = *record.subnet;
  if (subnet.address != subnet.first()) {
    fail(Kind::invalid, "invalid network config: invalid subnet {}: it should be {}",
         to_string(subnet), to_string(subnet.subnet()));
  }
  if (subnet.prefix < 8 || subnet.prefix > 30) {
    fail(Kind::invalid, "invalid network config: invalid subnet {}", to_string(subnet));
  }
  if (!subnet.contains(*record.gateway)) {
    fail(Kind::invalid, "no matching subnet for gateway {}", to_string(*record.gateway));
  }
  const bool inside = !record.ip_range || (record.ip_range->prefix >= subnet.prefix &&
                                           subnet.contains(record.ip_range->first()));
  if (!inside) {
    fail(Kind::invalid, "no matching subnet for range {}", to_string(*record.ip_range));
  }
}

std::string users(const std::vector<EndpointRecord>& endpoints,
                  const std::map<std::string, std::string>& names) {
  std::string text;
  for (const EndpointRecord& endpoint : endpoints) {
    const auto name = names.find(endpoint.container_id);
    text += fmt::format("{}name:\"{}\" id:\"{}\"", text.empty() ? "" : ", ",
                        name == names.end() ? short_id(endpoint.container_id) : name->second,
                        short_id(endpoint.id));
  }
  return text;
}

}  // namespace

NetworkRecord Networks::create(const NetworkSpec& spec) {
  check_name(spec.name);
  check_driver(spec.driver);
  NetworkRecord record;
  record.id = new_id();
  record.name = spec.name;
  record.driver = spec.driver;
  record.created = now();
  record.internal = spec.internal;
  record.attachable = spec.attachable;
  record.ip_range = spec.ip_range;
  record.options = spec.options;
  record.labels = spec.labels;
  const auto name = spec.options.find(std::string(kBridgeName));
  record.bridge = name == spec.options.end() ? "br-" + short_id(record.id) : name->second;
  check_bridge_options(record);
  const std::vector<Route> routes = tables_->kernel.routes();
  {
    const Lock lock(tables_->mutex);
    tables_->add_network(record, spec, routes);
  }
  try {
    tables_->load_rules();
    tables_->make_bridge(record);
    tables_->store.put(record);
  } catch (const Error&) {
    tables_->drop_network(record);
    throw;
  }
  return record;
}

void Networks::Tables::add_network(NetworkRecord& record, const NetworkSpec& spec,
                                   const std::vector<Route>& routes) {
  for (const auto& [id, entry] : networks) {
    if (entry.record.name == record.name) {
      fail(Kind::conflict, "network with name {} already exists", record.name);
    }
    if (entry.record.bridge == record.bridge) {
      fail(Kind::forbidden, "bridge name {} is already used by network {}", record.bridge,
           entry.record.name);
    }
  }
  record.subnet = spec.subnet ? *spec.subnet : free_subnet(routes);
  record.gateway = spec.gateway.value_or(Address{record.subnet->first().value + 1});
  check_addresses(record);
  const auto used = used_subnets(spec.subnet ? std::vector<Route>{} : routes);
  if (std::any_of(used.begin(), used.end(),
                  [&](const Cidr& c) { return c.overlaps(*record.subnet); })) {
    fail(Kind::forbidden,
         "invalid pool request: Pool overlaps with other one on this address space");
  }
  insert(record);
}

// After the entry went, or when it could not be made: the kernel's part goes too.
void Networks::Tables::drop_network(const NetworkRecord& record) {
  {
    const Lock lock(mutex);
    networks.erase(record.id);
    ++version;
  }
  kernel.remove_link(record.bridge);
  load_rules();
}

NetworkRecord Networks::remove(std::string_view ref,
                               const std::map<std::string, std::string>& names) {
  NetworkRecord record;
  {
    const Lock lock(tables_->mutex);
    record = tables_->get(ref).record;
    if (record.predefined()) {
      fail(Kind::forbidden, "{} is a pre-defined network and cannot be removed", record.name);
    }
    std::vector<EndpointRecord> left;
    for (const auto& [container, endpoint] : tables_->endpoints) {
      if (endpoint.network_id == record.id) left.push_back(endpoint);
    }
    if (!left.empty()) {
      fail(Kind::forbidden, "error while removing network: network {} has active endpoints ({})",
           record.name, users(left, names));
    }
    tables_->networks.erase(record.id);  // from here on nobody can join it
  }
  tables_->store.remove_network(record.id);
  tables_->drop_network(record);
  return record;
}

}  // namespace mydock::network
