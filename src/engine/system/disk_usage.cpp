#include "engine/containers.h"
#include "engine/images.h"
#include "engine/parts.h"
#include "engine/system.h"
#include "engine/volumes.h"

namespace mydock::engine {

api::DiskUsage System::disk_usage() const {
  api::DiskUsage usage;
  usage.containers =
      Containers(parts_).list({.all = true, .limit = 0, .size = true, .filters = {}});
  usage.images = Images(parts_).list({.all = false, .shared_size = true, .filters = {}});
  usage.volumes = Volumes(parts_).list({}).volumes;
  for (api::Volume& volume : *usage.volumes) {
    volume.usage_data = api::VolumeUsage{
        .ref_count = Volumes(parts_).users(volume.name),
        .size = static_cast<std::int64_t>(image::measure(volume.mountpoint).bytes)};
  }
  usage.build_cache.emplace();
  for (const api::ImageSummary& image : *usage.images) usage.layers_size += image.size;
  return usage;
}

}  // namespace mydock::engine
