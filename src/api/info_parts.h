#pragma once

#include "api/json_types.h"

namespace mydock::api {

struct PluginNames {
  std::optional<Strings> volume;
  std::optional<Strings> network;
  std::optional<Strings> authorization;
  std::optional<Strings> log;
  bool operator==(const PluginNames&) const = default;
};
template <class V>
void fields(V& v, Of<PluginNames> auto& s) {
  v("Volume", s.volume);
  v("Network", s.network);
  v("Authorization", s.authorization);
  v("Log", s.log);
}

struct IndexConfig {
  std::string name;
  Strings mirrors;
  bool secure = true;
  bool official = false;
  bool operator==(const IndexConfig&) const = default;
};
template <class V>
void fields(V& v, Of<IndexConfig> auto& s) {
  v("Name", s.name);
  v("Mirrors", s.mirrors);
  v("Secure", s.secure);
  v("Official", s.official);
}

struct RegistryConfig {
  Strings insecure_registry_cidrs;
  std::map<std::string, IndexConfig> index_configs;
  std::optional<Strings> mirrors;
  bool operator==(const RegistryConfig&) const = default;
};
template <class V>
void fields(V& v, Of<RegistryConfig> auto& s) {
  v("InsecureRegistryCIDRs", s.insecure_registry_cidrs);
  v("IndexConfigs", s.index_configs);
  v("Mirrors", s.mirrors);
}

struct RuntimeEntry {
  std::string path;
  bool operator==(const RuntimeEntry&) const = default;
};
template <class V>
void fields(V& v, Of<RuntimeEntry> auto& s) {
  v.omit_empty("path", s.path);
}

struct SwarmInfo {
  std::string node_id;
  std::string node_addr;
  std::string local_node_state = "inactive";
  bool control_available = false;
  std::string error;
  std::optional<Strings> remote_managers;
  bool operator==(const SwarmInfo&) const = default;
};
template <class V>
void fields(V& v, Of<SwarmInfo> auto& s) {
  v("NodeID", s.node_id);
  v("NodeAddr", s.node_addr);
  v("LocalNodeState", s.local_node_state);
  v("ControlAvailable", s.control_available);
  v("Error", s.error);
  v("RemoteManagers", s.remote_managers);
}

struct Commit {
  std::string id;
  std::optional<std::string> expected;  // before 1.49
  bool operator==(const Commit&) const = default;
};
template <class V>
void fields(V& v, Of<Commit> auto& s) {
  v("ID", s.id);
  v.omit_empty("Expected", s.expected);
}

struct FirewallBackend {
  std::string driver;
  bool operator==(const FirewallBackend&) const = default;
};
template <class V>
void fields(V& v, Of<FirewallBackend> auto& s) {
  v("Driver", s.driver);
}

struct AddressPool {
  std::string base;
  std::int64_t size = 0;
  bool operator==(const AddressPool&) const = default;
};
template <class V>
void fields(V& v, Of<AddressPool> auto& s) {
  v("Base", s.base);
  v("Size", s.size);
}

}  // namespace mydock::api
