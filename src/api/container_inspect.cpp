#include "api/container_inspect.h"

#include <algorithm>

namespace mydock::api {

namespace {

bool is_user_defined(const std::string& network) {
  return network != "bridge" && network != "host" && network != "none";
}

// Before 1.45 the short id stood among the aliases; since then it is in DNSNames.
void add_short_id(const std::string& id, EndpointSettings& endpoint) {
  Strings aliases = endpoint.aliases.value_or(Strings());
  const std::string short_id = id.substr(0, 12);
  if (std::find(aliases.begin(), aliases.end(), short_id) == aliases.end()) {
    aliases.push_back(short_id);
  }
  endpoint.aliases = std::move(aliases);
}

LegacyNetworkSettings legacy_settings(const Endpoints& networks) {
  LegacyNetworkSettings legacy;
  const auto found = networks.find("bridge");
  if (found == networks.end()) return legacy;
  const EndpointSettings& bridge = found->second;
  legacy.endpoint_id = bridge.endpoint_id;
  legacy.gateway = bridge.gateway;
  legacy.global_ipv6_address = bridge.global_ipv6_address;
  legacy.global_ipv6_prefix_len = bridge.global_ipv6_prefix_len;
  legacy.ip_address = bridge.ip_address;
  legacy.ip_prefix_len = bridge.ip_prefix_len;
  legacy.ipv6_gateway = bridge.ipv6_gateway;
  legacy.mac_address = bridge.mac_address;
  return legacy;
}

}  // namespace

void shape_for(ApiVersion version, ContainerInspect& container) {
  NetworkSettings& settings = container.network_settings;
  settings.legacy.reset();
  if (version < ApiVersion{1, 52}) {
    settings.legacy = legacy_settings(settings.networks);
  } else {
    container.config.mac_address.clear();
    if (container.config.on_build && !*container.config.on_build) container.config.on_build.reset();
  }
  for (auto& [name, endpoint] : settings.networks) {
    if (version < ApiVersion{1, 45} && is_user_defined(name)) add_short_id(container.id, endpoint);
    shape_for(version, endpoint);
  }
}

}  // namespace mydock::api
