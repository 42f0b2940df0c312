#include "engine/networks.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "engine/network/network_spec.h"
#include "engine/parts.h"
#include "engine/prune_until.h"

namespace mydock::engine {

namespace {

api::IpamPool to_pool(const network::Subnet& subnet) {
  api::IpamPool pool;
  pool.subnet = network::to_string(subnet.cidr);
  if (subnet.range) pool.ip_range = network::to_string(*subnet.range);
  if (subnet.gateway) pool.gateway = network::to_string(*subnet.gateway);
  for (const auto& [name, address] : subnet.auxiliary) {
    pool.auxiliary_addresses[name] = network::to_string(address);
  }
  return pool;
}

api::NetworkInspect to_api(const network::NetworkRecord& record) {
  api::NetworkInspect view;
  view.name = record.name;
  view.id = record.id;
  view.created = record.created;
  view.driver = record.driver;
  view.ipam.driver = "default";
  if (!record.predefined()) view.ipam.options = record.ipam_options;
  view.enable_ipv6 = record.ipv6.has_value();
  std::vector<api::IpamPool> pools;
  if (record.subnet) {
    pools.push_back(to_pool({*record.subnet, record.ip_range, record.gateway, record.auxiliary}));
  }
  if (record.ipv6) pools.push_back(to_pool(*record.ipv6));
  if (!pools.empty()) view.ipam.config = std::move(pools);
  view.config_only = record.config_only;
  view.config_from.network = record.config_from;
  view.internal = record.internal;
  view.attachable = record.attachable;
  view.options = record.options;
  view.labels = record.labels;
  return view;
}

std::map<std::string, api::NetworkContainer> containers_on(const Parts& parts,
                                                           const std::string& name) {
  std::map<std::string, api::NetworkContainer> list;
  for (const auto& container : parts.table.all()) {
    const RecordPtr record = container->record();
    if (!has_task(record->status.state)) continue;
    const auto found = record->status.endpoints.find(name);
    if (found == record->status.endpoints.end()) continue;
    const api::EndpointSettings& endpoint = found->second;
    api::NetworkContainer view;
    view.name = record->name;
    view.endpoint_id = endpoint.endpoint_id;
    view.mac_address = endpoint.mac_address;
    if (!endpoint.ip_address.empty()) {
      view.ipv4_address = fmt::format("{}/{}", endpoint.ip_address, endpoint.ip_prefix_len);
    }
    if (!endpoint.global_ipv6_address.empty()) {
      view.ipv6_address =
          fmt::format("{}/{}", endpoint.global_ipv6_address, endpoint.global_ipv6_prefix_len);
    }
    list.emplace(record->id(), std::move(view));
  }
  return list;
}

bool any_prefix(const api::Filters& filters, std::string_view key, const std::string& value) {
  return !filters.contains(key) || filters.allows_prefix(key, value);
}

bool is_listed(const api::Filters& filters, const network::NetworkRecord& record) {
  const auto& names = filters.values("name");
  const bool named = !filters.contains("name") ||
                     std::any_of(names.begin(), names.end(), [&](const std::string& part) {
                       return record.name.find(part) != std::string::npos;
                     });
  const std::string type = record.predefined() ? "builtin" : "custom";
  return named && any_prefix(filters, "id", record.id) && filters.allows("driver", record.driver) &&
         filters.allows("scope", "local") && filters.allows("type", type) &&
         filters.allows_labels(record.labels);
}

void publish(Parts& parts, std::string_view action, const network::NetworkRecord& record) {
  parts.events.publish("network", action, record.id,
                       {{"name", record.name}, {"type", record.driver}});
}

std::map<std::string, std::string> container_names(const Parts& parts) {
  std::map<std::string, std::string> names;
  for (const auto& container : parts.table.all()) {
    names.emplace(container->id(), container->record()->name);
  }
  return names;
}

}  // namespace

std::vector<api::NetworkInspect> Networks::list(const api::Filters& filters) const {
  filters.require_known({"dangling", "driver", "id", "label", "label!", "name", "scope", "type"});
  const auto dangling = filters.flag("dangling");
  std::vector<api::NetworkInspect> list;
  for (const network::NetworkRecord& record : parts_.networks.list()) {
    if (!is_listed(filters, record)) continue;
    if (dangling &&
        (record.predefined() || *dangling != containers_on(parts_, record.name).empty())) {
      continue;
    }
    list.push_back(to_api(record));
  }
  return list;
}

api::NetworkInspect Networks::inspect(std::string_view ref) const {
  const network::NetworkRecord record = parts_.networks.get(ref);
  api::NetworkInspect view = to_api(record);
  view.containers = containers_on(parts_, record.name);
  return view;
}

api::NetworkCreated Networks::create(const api::NetworkCreate& request) {
  const network::NetworkRecord record = parts_.networks.create(network_spec(request));
  publish(parts_, "create", record);
  return {.id = record.id, .warning = {}};
}

void Networks::remove(std::string_view ref) {
  publish(parts_, "destroy", parts_.networks.remove(ref, container_names(parts_)));
}

api::NetworksPruned Networks::prune(const api::Filters& filters) {
  filters.require_known({"label", "label!", "until"});
  const std::optional<Time> until = prune_until(filters);
  api::NetworksPruned answer;
  for (const network::NetworkRecord& record : parts_.networks.list()) {
    if (record.predefined() || !filters.allows_labels(record.labels)) continue;
    if (until && record.created > *until) continue;
    if (!containers_on(parts_, record.name).empty()) continue;
    publish(parts_, "destroy", parts_.networks.remove(record.id));
    if (!answer.networks_deleted) answer.networks_deleted.emplace();
    answer.networks_deleted->push_back(record.name);
  }
  parts_.events.publish("network", "prune", "", {{"reclaimed", "0"}});
  return answer;
}

}  // namespace mydock::engine
