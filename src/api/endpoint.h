#pragma once

#include <cstdint>

#include "api/json_types.h"
#include "api/version.h"

namespace mydock::api {

struct EndpointIpamConfig {
  std::string ipv4_address;
  std::string ipv6_address;
  Strings link_local_ips;
  bool operator==(const EndpointIpamConfig&) const = default;
};
template <class V>
void fields(V& v, Of<EndpointIpamConfig> auto& s) {
  v.omit_empty("IPv4Address", s.ipv4_address);
  v.omit_empty("IPv6Address", s.ipv6_address);
  v.omit_empty("LinkLocalIPs", s.link_local_ips);
}

// One attachment to a network: what was asked for, then what it got.
struct EndpointSettings {
  std::optional<EndpointIpamConfig> ipam_config;
  std::optional<Strings> links;
  std::optional<Strings> aliases;
  std::optional<StringMap> driver_opts;
  std::optional<std::int64_t> gw_priority = 0;  // no value: the client's version has no such member
  std::string network_id;
  std::string endpoint_id;
  std::string gateway;
  std::string ip_address;
  std::string mac_address;
  std::int64_t ip_prefix_len = 0;
  std::string ipv6_gateway;
  std::string global_ipv6_address;
  std::int64_t global_ipv6_prefix_len = 0;
  VersionedStrings dns_names = kNullList;
  bool operator==(const EndpointSettings&) const = default;
};
template <class V>
void fields(V& v, Of<EndpointSettings> auto& s) {
  v("IPAMConfig", s.ipam_config);
  v("Links", s.links);
  v("Aliases", s.aliases);
  v("DriverOpts", s.driver_opts);
  v.omit_empty("GwPriority", s.gw_priority);
  v("NetworkID", s.network_id);
  v("EndpointID", s.endpoint_id);
  v("Gateway", s.gateway);
  v("IPAddress", s.ip_address);
  v("MacAddress", s.mac_address);
  v("IPPrefixLen", s.ip_prefix_len);
  v("IPv6Gateway", s.ipv6_gateway);
  v("GlobalIPv6Address", s.global_ipv6_address);
  v("GlobalIPv6PrefixLen", s.global_ipv6_prefix_len);
  v.omit_empty("DNSNames", s.dns_names);
}
using Endpoints = std::map<std::string, EndpointSettings>;  // by network name
void shape_for(ApiVersion version, EndpointSettings& endpoint);

struct NetworkingConfig {
  Endpoints endpoints;
  bool operator==(const NetworkingConfig&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkingConfig> auto& s) {
  v("EndpointsConfig", s.endpoints);
}

}  // namespace mydock::api
