#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/failpoint.h"
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

bool is_stacked(std::string_view driver) { return driver == "macvlan" || driver == "ipvlan"; }

void check_driver(const std::string& driver, Kernel& kernel) {
  if (driver == "host" || driver == "null") {
    fail(Kind::forbidden, "only one instance of \"{}\" network is allowed", driver);
  }
  if (driver == "overlay") {
    fail(Kind::not_implemented, "the network driver {} is not implemented", driver);
  }
  if (driver != "bridge" && !is_stacked(driver)) {
    fail(Kind::not_found, "plugin \"{}\" not found", driver);
  }
  if (!is_stacked(driver)) return;
  if (!kernel.supports(driver == "macvlan" ? LinkKind::macvlan : LinkKind::ipvlan)) {
    fail(Kind::unavailable, "the host's kernel has no {} links", driver);
  }
}

void check_inside(const Cidr& subnet, const std::optional<Address>& address,
                  std::string_view what) {
  if (address && !subnet.contains(*address)) {
    fail(Kind::invalid, "no matching subnet for {} {}", what, to_string(*address));
  }
}

void check_subnet(const Subnet& subnet, const std::string& driver) {
  const Cidr& cidr = subnet.cidr;
  if (cidr.address != cidr.first()) {
    fail(Kind::invalid, "invalid network config:\ninvalid subnet {}: it should be {}",
         to_string(cidr), to_string(cidr.subnet()));
  }
  const int longest = cidr.address.bits() - (is_stacked(driver) ? 1 : 2);
  if (cidr.prefix < 8 || cidr.prefix > longest) {
    fail(Kind::invalid, "invalid network config:\ninvalid subnet {}", to_string(cidr));
  }
  check_inside(cidr, subnet.gateway, "gateway");
  for (const auto& [name, address] : subnet.auxiliary) {
    check_inside(cidr, address, "aux-address");
    if (address == subnet.gateway) {
      fail(Kind::forbidden,
           "failed to allocate secondary ip address ({}:{}): Address already in use", name,
           to_string(address));
    }
  }
  const bool inside = !subnet.range ||
                      (subnet.range->prefix >= cidr.prefix && cidr.contains(subnet.range->first()));
  if (!inside) fail(Kind::invalid, "no matching subnet for range {}", to_string(*subnet.range));
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

NetworkRecord Networks::create(const NetworkSpec& given) {
  check_name(given.name);
  NetworkSpec spec = given;
  if (!spec.config_from.empty()) {
    const Lock lock(tables_->mutex);
    tables_->apply_template(spec);
  }
  if (!spec.config_only) check_driver(spec.driver, tables_->kernel);
  NetworkRecord record;
  record.id = new_id();
  record.name = spec.name;
  record.driver = spec.config_only ? "null" : spec.driver;
  record.created = now();
  record.internal = spec.internal;
  record.attachable = spec.attachable;
  record.ip_range = spec.ip_range;
  record.options = spec.options;
  record.labels = spec.labels;
  record.auxiliary = spec.auxiliary;
  record.config_only = spec.config_only;
  record.config_from = spec.config_from;
  record.ipam_options = spec.ipam_options;
  record.own_subnet = spec.subnet.has_value() || spec.ipv6.has_value();
  check_options(record);
  const std::vector<Route> routes = tables_->kernel.routes();
  {
    const Lock lock(tables_->mutex);
    tables_->add_network(record, spec, routes);
  }
  try {
    tables_->store.put(record);  // first: a bridge without a row would stay for ever
    failpoint("network.stored");
    tables_->load_rules();
    if (!record.bridge.empty()) tables_->make_bridge(record);
    failpoint("network.made");
  } catch (const Error&) {
    tables_->store.remove_network(record.id);
    tables_->drop_network(record);
    throw;
  }
  return record;
}

// The bridge's name is decided here too.
void Networks::check_options(NetworkRecord& record) const {
  if (record.config_only) return;
  if (record.driver == "bridge") {
    const auto name = record.options.find(std::string(kBridgeName));
    record.bridge = name == record.options.end() ? "br-" + short_id(record.id) : name->second;
    check_bridge_options(record);
    return;
  }
  check_stacked_options(record);
  if (!tables_->kernel.has_link(parent_of(record))) {
    fail(Kind::invalid, "the requested parent interface {} was not found on the host",
         parent_of(record));
  }
}

void Networks::Tables::apply_template(NetworkSpec& spec) const {
  const Entry* const found = find(spec.config_from);
  if (found == nullptr) {
    fail(Kind::not_found, "configuration network \"{}\" does not exist", spec.config_from);
  }
  const NetworkRecord& record = found->record;
  if (!record.config_only) {
    fail(Kind::forbidden, "\"{}\" is not a configuration network", spec.config_from);
  }
  if (spec.config_only || spec.subnet || spec.ipv6 || spec.enable_ipv6 || !spec.options.empty()) {
    fail(Kind::forbidden,
         "user supplied configurations are not supported if the network depends on a "
         "configuration network");
  }
  spec.config_from = record.name;
  spec.subnet = record.subnet;
  spec.ip_range = record.ip_range;
  spec.gateway = record.gateway;
  spec.auxiliary = record.auxiliary;
  spec.ipv6 = record.ipv6;
  spec.enable_ipv6 = record.ipv6.has_value();
  spec.options = record.options;
  spec.ipam_options = record.ipam_options;
  for (const auto& label : record.labels) spec.labels.insert(label);
}

void Networks::Tables::add_network(NetworkRecord& record, const NetworkSpec& spec,
                                   const std::vector<Route>& routes) {
  for (const auto& [id, entry] : networks) {
    if (entry.record.name == record.name) {
      fail(Kind::conflict, "network with name {} already exists", record.name);
    }
    if (!record.bridge.empty() && entry.record.bridge == record.bridge) {
      fail(Kind::forbidden, "bridge name {} is already used by network {}", record.bridge,
           entry.record.name);
    }
  }
  if (spec.config_only) {
    record.subnet = spec.subnet;
    record.gateway = spec.gateway;
    record.ipv6 = spec.ipv6;
    return insert(record);
  }
  const auto first_host = [](const Cidr& cidr) {
    return Address{cidr.first().value + 1, cidr.address.v6};
  };
  record.subnet = spec.subnet ? *spec.subnet : free_subnet(routes);
  record.gateway = spec.gateway.value_or(first_host(*record.subnet));
  check_subnet({*record.subnet, record.ip_range, record.gateway, record.auxiliary}, record.driver);
  check_free(*record.subnet, spec.subnet.has_value(), routes);
  if (spec.enable_ipv6) {
    Subnet subnet = spec.ipv6.value_or(Subnet{});
    if (!spec.ipv6) subnet.cidr = free_subnet(routes, true);
    if (!subnet.gateway) subnet.gateway = first_host(subnet.cidr);
    check_subnet(subnet, record.driver);
    check_free(subnet.cidr, spec.ipv6.has_value(), routes);
    record.ipv6 = subnet;
  }
  insert(record);
}

void Networks::Tables::check_free(const Cidr& subnet, bool chosen_by_user,
                                  const std::vector<Route>& routes) const {
  const auto used = used_subnets(chosen_by_user ? std::vector<Route>{} : routes);
  if (std::any_of(used.begin(), used.end(), [&](const Cidr& c) { return c.overlaps(subnet); })) {
    fail(Kind::forbidden,
         "invalid pool request: Pool overlaps with other one on this address space");
  }
}

// After the entry went, or when it could not be made: the kernel's part goes too.
void Networks::Tables::drop_network(const NetworkRecord& record) {
  {
    const Lock lock(mutex);
    networks.erase(record.id);
    ++version;
  }
  if (record.bridge.empty()) return;
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
    for (const auto& [id, entry] : tables_->networks) {
      if (record.config_only && entry.record.config_from == record.name) {
        fail(Kind::forbidden,
             "error while removing network: configuration network \"{}\" is in use", record.name);
      }
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
  tables_->drop_network(record);
  failpoint("network.dropped");
  tables_->store.remove_network(record.id);
  failpoint("network.erased");
  return record;
}

}  // namespace mydock::network
