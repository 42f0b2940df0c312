#pragma once

#include <cstdint>

#include "api/container_list.h"
#include "api/image_list.h"
#include "api/volume.h"

namespace mydock::api {

struct BuildCacheRecord {
  std::string id;
  std::string type;
  std::string description;
  bool in_use = false;
  bool shared = false;
  std::int64_t size = 0;
  Time created_at{};
  std::optional<Time> last_used_at;
  std::int64_t usage_count = 0;
  bool operator==(const BuildCacheRecord&) const = default;
};
template <class V>
void fields(V& v, Of<BuildCacheRecord> auto& s) {
  v("ID", s.id);
  v("Type", s.type);
  v("Description", s.description);
  v("InUse", s.in_use);
  v("Shared", s.shared);
  v("Size", s.size);
  v("CreatedAt", s.created_at);
  v("LastUsedAt", s.last_used_at);
  v("UsageCount", s.usage_count);
}

// GET /system/df; a list without a value was not asked for.
struct DiskUsage {
  std::int64_t layers_size = 0;
  std::optional<std::vector<ImageSummary>> images;
  std::optional<std::vector<ContainerSummary>> containers;
  std::optional<std::vector<Volume>> volumes;
  std::optional<std::vector<BuildCacheRecord>> build_cache;
  std::optional<std::int64_t> builder_size;  // before 1.42
  bool operator==(const DiskUsage&) const = default;
};
template <class V>
void fields(V& v, Of<DiskUsage> auto& s) {
  v("LayersSize", s.layers_size);
  v.omit_empty("Images", s.images);
  v.omit_empty("Containers", s.containers);
  v.omit_empty("Volumes", s.volumes);
  v.omit_empty("BuildCache", s.build_cache);
  v.omit_empty("BuilderSize", s.builder_size);
}
void shape_for(ApiVersion version, DiskUsage& usage);

}  // namespace mydock::api
