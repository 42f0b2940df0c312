#include "oci/descriptor.h"

namespace mydock::oci {

bool is_manifest_type(std::string_view media_type) {
  return media_type == media::kManifest || media_type == media::kDockerManifest;
}

bool is_index_type(std::string_view media_type) {
  return media_type == media::kIndex || media_type == media::kDockerList;
}

bool is_config_type(std::string_view media_type) {
  return media_type == media::kConfig || media_type == media::kDockerConfig;
}

bool is_layer_type(std::string_view media_type) {
  return media_type.starts_with(media::kLayer) || media_type.starts_with(media::kDockerLayer) ||
         media_type.starts_with("application/vnd.oci.image.layer.nondistributable.v1.tar") ||
         media_type.starts_with("application/vnd.docker.image.rootfs.foreign.diff.tar");
}

}  // namespace mydock::oci
