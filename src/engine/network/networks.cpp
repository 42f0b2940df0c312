#include "engine/networks.h"

#include <algorithm>

#include "base/error.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

api::NetworkInspect to_api(const network::NetworkRecord& record) {
  api::NetworkInspect view;
  view.name = record.name;
  view.id = record.id;
  view.created = record.created;
  view.driver = record.driver;
  view.ipam.driver = "default";
  if (!record.predefined()) view.ipam.options = api::StringMap{};
  if (record.subnet) {
    api::IpamPool pool;
    pool.subnet = network::to_string(*record.subnet);
    if (record.ip_range) pool.ip_range = network::to_string(*record.ip_range);
    if (record.gateway) pool.gateway = network::to_string(*record.gateway);
    view.ipam.config = std::vector<api::IpamPool>{pool};
  }
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

template <class T>
std::optional<T> parse_or_refuse(const std::string& text,
                                 std::optional<T> (*parse)(std::string_view),
                                 std::string_view what) {
  if (text.empty()) return std::nullopt;
  auto value = parse(text);
  if (!value) fail(Kind::invalid, "invalid {}: {}", what, text);
  return value;
}

network::NetworkSpec to_spec(const api::NetworkCreate& request) {
  if (request.name.find_first_not_of(" \t\n") == std::string::npos) {
    fail(Kind::invalid, "invalid network name: name is empty");
  }
  if (request.enable_ipv6.value_or(false)) {
    fail(Kind::not_implemented, "IPv6 networks are not implemented yet");
  }
  if (request.config_only || request.config_from || request.ingress) {
    fail(Kind::not_implemented, "config-only and ingress networks are not implemented yet");
  }
  network::NetworkSpec spec;
  spec.name = request.name;
  if (!request.driver.empty()) spec.driver = request.driver;
  spec.internal = request.internal;
  spec.attachable = request.attachable;
  spec.options = request.options;
  spec.labels = request.labels;
  if (request.ipam && request.ipam->config) {
    if (request.ipam->config->size() > 1) {
      fail(Kind::not_implemented, "networks with several subnets are not implemented yet");
    }
    for (const api::IpamPool& pool : *request.ipam->config) {
      spec.subnet = parse_or_refuse(pool.subnet, network::parse_cidr, "subnet");
      spec.ip_range = parse_or_refuse(pool.ip_range, network::parse_cidr, "ip-range");
      spec.gateway = parse_or_refuse(pool.gateway, network::parse_address, "gateway address");
    }
  }
  return spec;
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
  const network::NetworkRecord record = parts_.networks.create(to_spec(request));
  publish(parts_, "create", record);
  return {.id = record.id, .warning = {}};
}

void Networks::remove(std::string_view ref) {
  publish(parts_, "destroy", parts_.networks.remove(ref, container_names(parts_)));
}

api::NetworksPruned Networks::prune(const api::Filters& filters) {
  filters.require_known({"label", "label!", "until"});
  if (filters.contains("until")) {
    fail(Kind::not_implemented, "the filter 'until' of prune is not implemented yet");
  }
  api::NetworksPruned answer;
  for (const network::NetworkRecord& record : parts_.networks.list()) {
    if (record.predefined() || !filters.allows_labels(record.labels)) continue;
    if (!containers_on(parts_, record.name).empty()) continue;
    publish(parts_, "destroy", parts_.networks.remove(record.id));
    if (!answer.networks_deleted) answer.networks_deleted.emplace();
    answer.networks_deleted->push_back(record.name);
  }
  parts_.events.publish("network", "prune", "", {{"reclaimed", "0"}});
  return answer;
}

void Networks::connect(std::string_view ref, const api::NetworkConnect& request) {
  const network::NetworkRecord record = parts_.networks.get(ref);
  parts_.table.get(request.container);
  fail(Kind::not_implemented, "connecting a container to {} is not implemented yet", record.name);
}

void Networks::disconnect(std::string_view ref, const api::NetworkDisconnect& request) {
  const network::NetworkRecord record = parts_.networks.get(ref);
  parts_.table.get(request.container);
  fail(Kind::not_implemented, "disconnecting a container from {} is not implemented yet",
       record.name);
}

}  // namespace mydock::engine
