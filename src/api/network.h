#pragma once

#include <cstdint>

#include "api/endpoint.h"

namespace mydock::api {

struct IpamPool {
  std::string subnet;
  std::string ip_range;
  std::string gateway;
  StringMap auxiliary_addresses;
  bool operator==(const IpamPool&) const = default;
};
template <class V>
void fields(V& v, Of<IpamPool> auto& s) {
  v.omit_empty("Subnet", s.subnet);
  v.omit_empty("IPRange", s.ip_range);
  v.omit_empty("Gateway", s.gateway);
  v.omit_empty("AuxiliaryAddresses", s.auxiliary_addresses);
}

struct Ipam {
  std::string driver;
  std::optional<StringMap> options;
  std::optional<std::vector<IpamPool>> config;
  bool operator==(const Ipam&) const = default;
};
template <class V>
void fields(V& v, Of<Ipam> auto& s) {
  v("Driver", s.driver);
  v("Options", s.options);
  v("Config", s.config);
}

struct ConfigReference {
  std::string network;
  bool operator==(const ConfigReference&) const = default;
};
template <class V>
void fields(V& v, Of<ConfigReference> auto& s) {
  v("Network", s.network);
}

struct NetworkContainer {
  std::string name;
  std::string endpoint_id;
  std::string mac_address;
  std::string ipv4_address;  // with the prefix length
  std::string ipv6_address;
  bool operator==(const NetworkContainer&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkContainer> auto& s) {
  v("Name", s.name);
  v("EndpointID", s.endpoint_id);
  v("MacAddress", s.mac_address);
  v("IPv4Address", s.ipv4_address);
  v("IPv6Address", s.ipv6_address);
}

struct NetworkInspect {
  std::string name;
  std::string id;
  Time created{};
  std::string scope = "local";
  std::string driver;
  std::optional<bool> enable_ipv4 = true;  // no value: the client's version has no such member
  bool enable_ipv6 = false;
  Ipam ipam;
  bool internal = false;
  bool attachable = false;
  bool ingress = false;
  ConfigReference config_from;
  bool config_only = false;
  std::optional<std::map<std::string, NetworkContainer>> containers;  // inspect only; running ones
  StringMap options;
  StringMap labels;
  bool operator==(const NetworkInspect&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkInspect> auto& s) {
  v("Name", s.name);
  v("Id", s.id);
  v("Created", s.created);
  v("Scope", s.scope);
  v("Driver", s.driver);
  v.omit_empty("EnableIPv4", s.enable_ipv4);
  v("EnableIPv6", s.enable_ipv6);
  v("IPAM", s.ipam);
  v("Internal", s.internal);
  v("Attachable", s.attachable);
  v("Ingress", s.ingress);
  v("ConfigFrom", s.config_from);
  v("ConfigOnly", s.config_only);
  v.omit_empty("Containers", s.containers);
  v("Options", s.options);
  v("Labels", s.labels);
}
void shape_for(ApiVersion version, NetworkInspect& network);

}  // namespace mydock::api
