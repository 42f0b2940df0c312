#pragma once

#include "api/container.h"
#include "api/container_config.h"
#include "api/version.h"

namespace mydock::api {

// Which empty members an image's Config shows: older clients expect more of them. shape_for sets
// it.
enum class EmptyMembers { none, some, all };

// The image's own configuration, in Go's names.
struct ImageRunConfig {
  std::string user;
  StringSet exposed_ports;
  Strings env;
  Strings entrypoint;
  Strings cmd;
  StringSet volumes;
  std::string working_dir;
  StringMap labels;
  std::string stop_signal;
  bool args_escaped = false;
  std::optional<Healthcheck> healthcheck;
  Strings on_build;
  Strings shell;
  EmptyMembers empty_members = EmptyMembers::some;
  bool operator==(const ImageRunConfig&) const = default;
};
void write_json(JsonWriter& writer, const ImageRunConfig& config);
void read_json(const JsonReader& reader, ImageRunConfig& config);

struct RootFs {
  std::string type = "layers";
  Strings layers;  // DiffIDs
  bool operator==(const RootFs&) const = default;
};
template <class V>
void fields(V& v, Of<RootFs> auto& s) {
  v("Type", s.type);
  v.omit_empty("Layers", s.layers);
}

struct ImageMetadata {
  Time last_tag_time{};
  bool operator==(const ImageMetadata&) const = default;
};
template <class V>
void fields(V& v, Of<ImageMetadata> auto& s) {
  v("LastTagTime", s.last_tag_time);
}

struct ImageInspect {
  std::string id;
  Strings repo_tags;
  Strings repo_digests;
  std::optional<std::string> parent = "";  // this and the next three: no value from 1.52 on
  std::optional<std::string> comment = "";
  std::optional<std::string> docker_version = "";
  std::optional<std::string> author = "";
  std::optional<Time> created;
  ImageRunConfig config;
  std::string architecture;
  std::string variant;
  std::string os = "linux";
  std::string os_version;
  std::int64_t size = 0;
  std::optional<std::int64_t> virtual_size;  // this and the next two: set by shape_for
  std::optional<std::string> container;
  std::optional<ContainerConfig> container_config;
  std::optional<GraphDriver> graph_driver;
  RootFs root_fs;
  ImageMetadata metadata;
  bool operator==(const ImageInspect&) const = default;
};
template <class V>
void fields(V& v, Of<ImageInspect> auto& s) {
  v("Id", s.id);
  v("RepoTags", s.repo_tags);
  v("RepoDigests", s.repo_digests);
  v.omit_empty("Parent", s.parent);
  v.omit_empty("Comment", s.comment);
  v.omit_empty("Created", s.created);
  v.omit_empty("Container", s.container);
  v.omit_empty("ContainerConfig", s.container_config);
  v.omit_empty("DockerVersion", s.docker_version);
  v.omit_empty("Author", s.author);
  v("Config", s.config);
  v("Architecture", s.architecture);
  v.omit_empty("Variant", s.variant);
  v("Os", s.os);
  v.omit_empty("OsVersion", s.os_version);
  v("Size", s.size);
  v.omit_empty("VirtualSize", s.virtual_size);
  v.omit_empty("GraphDriver", s.graph_driver);
  v("RootFS", s.root_fs);
  v("Metadata", s.metadata);
}
void shape_for(ApiVersion version, ImageInspect& image);

}  // namespace mydock::api
