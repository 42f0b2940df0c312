#pragma once

#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

struct VolumeUsage {
  std::int64_t ref_count = -1;
  std::int64_t size = -1;
  bool operator==(const VolumeUsage&) const = default;
};
template <class V>
void fields(V& v, Of<VolumeUsage> auto& s) {
  v("RefCount", s.ref_count);
  v("Size", s.size);
}

struct Volume {
  std::string created_at;  // RFC 3339, whole seconds
  std::string driver = "local";
  std::optional<StringMap> labels;
  std::string mountpoint;
  std::string name;
  std::optional<StringMap> options;
  std::string scope = "local";
  std::optional<VolumeUsage> usage_data;
  bool operator==(const Volume&) const = default;
};
template <class V>
void fields(V& v, Of<Volume> auto& s) {
  v.omit_empty("CreatedAt", s.created_at);
  v("Driver", s.driver);
  v("Labels", s.labels);
  v("Mountpoint", s.mountpoint);
  v("Name", s.name);
  v("Options", s.options);
  v("Scope", s.scope);
  v.omit_empty("UsageData", s.usage_data);
}

struct VolumeList {
  std::vector<Volume> volumes;
  std::optional<Strings> warnings;
  bool operator==(const VolumeList&) const = default;
};
template <class V>
void fields(V& v, Of<VolumeList> auto& s) {
  v("Volumes", s.volumes);
  v("Warnings", s.warnings);
}

struct VolumeCreate {
  std::string name;    // empty: 64 hex digits
  std::string driver;  // empty: local
  std::optional<StringMap> driver_opts;
  std::optional<StringMap> labels;
  bool operator==(const VolumeCreate&) const = default;
};
template <class V>
void fields(V& v, Of<VolumeCreate> auto& s) {
  v.omit_empty("Name", s.name);
  v.omit_empty("Driver", s.driver);
  v.omit_empty("DriverOpts", s.driver_opts);
  v.omit_empty("Labels", s.labels);
}

struct VolumesPruned {
  Strings volumes_deleted;
  std::int64_t space_reclaimed = 0;
  bool operator==(const VolumesPruned&) const = default;
};
template <class V>
void fields(V& v, Of<VolumesPruned> auto& s) {
  v("VolumesDeleted", s.volumes_deleted);
  v("SpaceReclaimed", s.space_reclaimed);
}

}  // namespace mydock::api
