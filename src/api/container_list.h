#pragma once

#include "api/container.h"

namespace mydock::api {

struct PortSummary {
  std::string ip;  // this and public_port: empty and 0 when not published
  std::uint16_t private_port = 0;
  std::uint16_t public_port = 0;
  std::string type;  // tcp, udp, sctp
  auto operator<=>(const PortSummary&) const = default;
};
template <class V>
void fields(V& v, Of<PortSummary> auto& s) {
  v.omit_empty("IP", s.ip);
  v("PrivatePort", s.private_port);
  v.omit_empty("PublicPort", s.public_port);
  v("Type", s.type);
}

struct SummaryHostConfig {
  std::string network_mode;
  StringMap annotations;
  bool operator==(const SummaryHostConfig&) const = default;
};
template <class V>
void fields(V& v, Of<SummaryHostConfig> auto& s) {
  v.omit_empty("NetworkMode", s.network_mode);
  v.omit_empty("Annotations", s.annotations);
}

struct SummaryHealth {
  std::string status;
  std::int64_t failing_streak = 0;
  bool operator==(const SummaryHealth&) const = default;
};
template <class V>
void fields(V& v, Of<SummaryHealth> auto& s) {
  v("Status", s.status);
  v("FailingStreak", s.failing_streak);
}

struct SummaryNetworkSettings {
  Endpoints networks;
  bool operator==(const SummaryNetworkSettings&) const = default;
};
template <class V>
void fields(V& v, Of<SummaryNetworkSettings> auto& s) {
  v("Networks", s.networks);
}

// An element of GET /containers/json.
struct ContainerSummary {
  std::string id;
  Strings names;  // with a leading slash
  std::string image;
  std::string image_id;
  std::string command;
  std::int64_t created = 0;  // Unix seconds
  std::vector<PortSummary> ports;
  std::optional<std::int64_t> size_rw;
  std::optional<std::int64_t> size_root_fs;
  StringMap labels;
  std::string state;
  std::string status;  // for people
  SummaryHostConfig host_config;
  std::optional<SummaryHealth> health;
  SummaryNetworkSettings network_settings;
  std::vector<MountPoint> mounts;
  bool operator==(const ContainerSummary&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerSummary> auto& s) {
  v("Id", s.id);
  v("Names", s.names);
  v("Image", s.image);
  v("ImageID", s.image_id);
  v("Command", s.command);
  v("Created", s.created);
  v("Ports", s.ports);
  v.omit_empty("SizeRw", s.size_rw);
  v.omit_empty("SizeRootFs", s.size_root_fs);
  v("Labels", s.labels);
  v("State", s.state);
  v("Status", s.status);
  v("HostConfig", s.host_config);
  v.omit_empty("Health", s.health);
  v("NetworkSettings", s.network_settings);
  v("Mounts", s.mounts);
}
void shape_for(ApiVersion version, ContainerSummary& container);

}  // namespace mydock::api
