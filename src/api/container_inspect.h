#pragma once

#include "api/container.h"

namespace mydock::api {

struct ContainerInspect {
  std::string id;
  Time created{};
  std::string path;  // argv[0]
  Strings args;      // the rest
  ContainerState state;
  std::string image;  // "sha256:…"
  std::string resolv_conf_path;
  std::string hostname_path;
  std::string hosts_path;
  std::string log_path;
  std::string name;  // with a leading slash
  std::int64_t restart_count = 0;
  std::string driver;
  std::string platform = "linux";
  std::string mount_label;
  std::string process_label;
  std::string app_armor_profile;
  std::optional<Strings> exec_ids;
  HostConfig host_config;
  std::optional<GraphDriver> graph_driver;
  std::optional<std::int64_t> size_rw;
  std::optional<std::int64_t> size_root_fs;
  std::vector<MountPoint> mounts;
  ContainerConfig config;
  NetworkSettings network_settings;
  bool operator==(const ContainerInspect&) const = default;
};
template <class V>
void fields(V& v, Of<ContainerInspect> auto& s) {
  v("Id", s.id);
  v("Created", s.created);
  v("Path", s.path);
  v("Args", s.args);
  v("State", s.state);
  v("Image", s.image);
  v("ResolvConfPath", s.resolv_conf_path);
  v("HostnamePath", s.hostname_path);
  v("HostsPath", s.hosts_path);
  v("LogPath", s.log_path);
  v("Name", s.name);
  v("RestartCount", s.restart_count);
  v("Driver", s.driver);
  v("Platform", s.platform);
  v("MountLabel", s.mount_label);
  v("ProcessLabel", s.process_label);
  v("AppArmorProfile", s.app_armor_profile);
  v("ExecIDs", s.exec_ids);
  v("HostConfig", s.host_config);
  v.omit_empty("GraphDriver", s.graph_driver);
  v.omit_empty("SizeRw", s.size_rw);
  v.omit_empty("SizeRootFs", s.size_root_fs);
  v("Mounts", s.mounts);
  v("Config", s.config);
  v("NetworkSettings", s.network_settings);
}
void shape_for(ApiVersion version, ContainerInspect& container);

}  // namespace mydock::api
