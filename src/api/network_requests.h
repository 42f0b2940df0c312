#pragma once

#include "api/network.h"

namespace mydock::api {

struct NetworkCreate {
  std::string name;
  std::string driver;  // empty: bridge
  std::string scope;
  std::optional<bool> enable_ipv4;
  std::optional<bool> enable_ipv6;
  std::optional<Ipam> ipam;
  bool internal = false;
  bool attachable = false;
  bool ingress = false;
  bool config_only = false;
  std::optional<ConfigReference> config_from;
  StringMap options;
  StringMap labels;
  bool operator==(const NetworkCreate&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkCreate> auto& s) {
  v("Name", s.name);
  v("Driver", s.driver);
  v("Scope", s.scope);
  v.omit_empty("EnableIPv4", s.enable_ipv4);
  v.omit_empty("EnableIPv6", s.enable_ipv6);
  v("IPAM", s.ipam);
  v("Internal", s.internal);
  v("Attachable", s.attachable);
  v("Ingress", s.ingress);
  v("ConfigOnly", s.config_only);
  v("ConfigFrom", s.config_from);
  v("Options", s.options);
  v("Labels", s.labels);
}

struct NetworkCreated {
  std::string id;
  std::string warning;
  bool operator==(const NetworkCreated&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkCreated> auto& s) {
  v("Id", s.id);
  v("Warning", s.warning);
}

struct NetworkConnect {
  std::string container;
  std::optional<EndpointSettings> endpoint_config;
  bool operator==(const NetworkConnect&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkConnect> auto& s) {
  v("Container", s.container);
  v.omit_empty("EndpointConfig", s.endpoint_config);
}

struct NetworkDisconnect {
  std::string container;
  bool force = false;
  bool operator==(const NetworkDisconnect&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkDisconnect> auto& s) {
  v("Container", s.container);
  v("Force", s.force);
}

struct NetworksPruned {
  std::optional<Strings> networks_deleted;
  bool operator==(const NetworksPruned&) const = default;
};
template <class V>
void fields(V& v, Of<NetworksPruned> auto& s) {
  v("NetworksDeleted", s.networks_deleted);
}

}  // namespace mydock::api
