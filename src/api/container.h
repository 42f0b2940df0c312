#pragma once

#include "api/container_create.h"

namespace mydock::api {

struct HealthProbe {
  Time start{};
  Time end{};
  std::int64_t exit_code = 0;
  std::string output;
  bool operator==(const HealthProbe&) const = default;
};
template <class V>
void fields(V& v, Of<HealthProbe> auto& s) {
  v("Start", s.start);
  v("End", s.end);
  v("ExitCode", s.exit_code);
  v("Output", s.output);
}

struct Health {
  std::string status;  // starting, healthy, unhealthy
  std::int64_t failing_streak = 0;
  std::vector<HealthProbe> log;
  bool operator==(const Health&) const = default;
};
template <class V>
void fields(V& v, Of<Health> auto& s) {
  v("Status", s.status);
  v("FailingStreak", s.failing_streak);
  v("Log", s.log);
}

struct ContainerState {
  std::string status;  // created running paused restarting removing exited dead
  bool running = false;
  bool paused = false;
  bool restarting = false;
  bool oom_killed = false;
  bool dead = false;
  std::int64_t pid = 0;
  std::int64_t exit_code = 0;
  std::string error;
  Time started_at{};
  Time finished_at{};
  std::optional<Health> health;
  bool operator==(const ContainerState&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerState> auto& s) {
  v("Status", s.status);
  v("Running", s.running);
  v("Paused", s.paused);
  v("Restarting", s.restarting);
  v("OOMKilled", s.oom_killed);
  v("Dead", s.dead);
  v("Pid", s.pid);
  v("ExitCode", s.exit_code);
  v("Error", s.error);
  v("StartedAt", s.started_at);
  v("FinishedAt", s.finished_at);
  v.omit_empty("Health", s.health);
}

struct GraphDriver {
  std::string name;
  std::optional<StringMap> data;
  bool operator==(const GraphDriver&) const = default;
};
template <class V>
void fields(V& v, Of<GraphDriver> auto& s) {
  v("Name", s.name);
  v("Data", s.data);
}

// Filled by shape_for alone: the bridge network's addresses, for clients before 1.52.
struct LegacyNetworkSettings {
  std::string endpoint_id;
  std::string gateway;
  std::string global_ipv6_address;
  std::int64_t global_ipv6_prefix_len = 0;
  std::string ip_address;
  std::int64_t ip_prefix_len = 0;
  std::string ipv6_gateway;
  std::string mac_address;
  bool operator==(const LegacyNetworkSettings&) const = default;
};
template <class V>
void fields(V& v, Of<LegacyNetworkSettings> auto& s) {
  if constexpr (!V::reading) {
    v("Bridge", std::string_view());
    v("HairpinMode", false);
    v("LinkLocalIPv6Address", std::string_view());
    v("LinkLocalIPv6PrefixLen", 0);
    v("SecondaryIPAddresses", std::optional<Strings>());
    v("SecondaryIPv6Addresses", std::optional<Strings>());
  }
  v("EndpointID", s.endpoint_id);
  v("Gateway", s.gateway);
  v("GlobalIPv6Address", s.global_ipv6_address);
  v("GlobalIPv6PrefixLen", s.global_ipv6_prefix_len);
  v("IPAddress", s.ip_address);
  v("IPPrefixLen", s.ip_prefix_len);
  v("IPv6Gateway", s.ipv6_gateway);
  v("MacAddress", s.mac_address);
}

struct NetworkSettings {
  std::string sandbox_id;
  std::string sandbox_key;
  PortMap ports;  // of a running container; empty otherwise
  Endpoints networks;
  std::optional<LegacyNetworkSettings> legacy;
  bool operator==(const NetworkSettings&) const = default;
};
template <class V>
void fields(V& v, Of<NetworkSettings> auto& s) {
  v("SandboxID", s.sandbox_id);
  v("SandboxKey", s.sandbox_key);
  v("Ports", s.ports);
  if constexpr (V::reading) s.legacy.emplace();
  if (s.legacy) fields(v, *s.legacy);
  v("Networks", s.networks);
}

}  // namespace mydock::api
