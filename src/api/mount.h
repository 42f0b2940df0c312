#pragma once

#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

struct BindOptions {
  std::string propagation;
  bool non_recursive = false;
  bool create_mountpoint = false;
  bool read_only_non_recursive = false;
  bool read_only_force_recursive = false;
  bool operator==(const BindOptions&) const = default;
};
template <class V>
void fields(V& v, Of<BindOptions> auto& s) {
  v.omit_empty("Propagation", s.propagation);
  v.omit_empty("NonRecursive", s.non_recursive);
  v.omit_empty("CreateMountpoint", s.create_mountpoint);
  v.omit_empty("ReadOnlyNonRecursive", s.read_only_non_recursive);
  v.omit_empty("ReadOnlyForceRecursive", s.read_only_force_recursive);
}

struct VolumeDriverConfig {
  std::string name;
  StringMap options;
  bool operator==(const VolumeDriverConfig&) const = default;
};
template <class V>
void fields(V& v, Of<VolumeDriverConfig> auto& s) {
  v.omit_empty("Name", s.name);
  v.omit_empty("Options", s.options);
}

struct VolumeOptions {
  bool no_copy = false;
  StringMap labels;
  std::string subpath;
  std::optional<VolumeDriverConfig> driver_config;
  bool operator==(const VolumeOptions&) const = default;
};
template <class V>
void fields(V& v, Of<VolumeOptions> auto& s) {
  v.omit_empty("NoCopy", s.no_copy);
  v.omit_empty("Labels", s.labels);
  v.omit_empty("Subpath", s.subpath);
  v.omit_empty("DriverConfig", s.driver_config);
}

struct TmpfsOptions {
  std::int64_t size_bytes = 0;
  std::uint32_t mode = 0;
  std::vector<Strings> options;
  bool operator==(const TmpfsOptions&) const = default;
};
template <class V>
void fields(V& v, Of<TmpfsOptions> auto& s) {
  v.omit_empty("SizeBytes", s.size_bytes);
  v.omit_empty("Mode", s.mode);
  v.omit_empty("Options", s.options);
}

struct ImageOptions {
  std::string subpath;
  bool operator==(const ImageOptions&) const = default;
};
template <class V>
void fields(V& v, Of<ImageOptions> auto& s) {
  v.omit_empty("Subpath", s.subpath);
}

// What --mount asks for. `type`: bind, volume, tmpfs, image.
struct Mount {
  std::string type;
  std::string source;
  std::string target;
  bool read_only = false;
  std::string consistency;
  std::optional<BindOptions> bind_options;
  std::optional<VolumeOptions> volume_options;
  std::optional<ImageOptions> image_options;
  std::optional<TmpfsOptions> tmpfs_options;
  bool operator==(const Mount&) const = default;
};
template <class V>
void fields(V& v, Of<Mount> auto& s) {
  v.omit_empty("Type", s.type);
  v.omit_empty("Source", s.source);
  v.omit_empty("Target", s.target);
  v.omit_empty("ReadOnly", s.read_only);
  v.omit_empty("Consistency", s.consistency);
  v.omit_empty("BindOptions", s.bind_options);
  v.omit_empty("VolumeOptions", s.volume_options);
  v.omit_empty("ImageOptions", s.image_options);
  v.omit_empty("TmpfsOptions", s.tmpfs_options);
}

// What a container has: an entry of `Mounts` in inspect and list.
struct MountPoint {
  std::string type;
  std::string name;
  std::string source;
  std::string destination;
  std::string driver;
  std::string mode;
  bool rw = true;
  std::string propagation;
  bool operator==(const MountPoint&) const = default;
};
template <class V>
void fields(V& v, Of<MountPoint> auto& s) {
  v.omit_empty("Type", s.type);
  v.omit_empty("Name", s.name);
  v("Source", s.source);
  v("Destination", s.destination);
  v.omit_empty("Driver", s.driver);
  v("Mode", s.mode);
  v("RW", s.rw);
  v("Propagation", s.propagation);
}

}  // namespace mydock::api
