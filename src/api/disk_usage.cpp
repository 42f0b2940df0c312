#include "api/disk_usage.h"

namespace mydock::api {

void shape_for(ApiVersion version, DiskUsage& usage) {
  if (usage.images) {
    for (ImageSummary& image : *usage.images) {
      const std::int64_t containers = image.containers;
      shape_for(version, image);
      image.containers = containers;  // df counts for every version
    }
  }
  if (usage.containers) {
    for (ContainerSummary& container : *usage.containers) shape_for(version, container);
  }
  if (version < ApiVersion{1, 42}) usage.builder_size = 0;
}

}  // namespace mydock::api
