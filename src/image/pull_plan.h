#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "image/pull.h"
#include "oci/image_config.h"
#include "oci/manifest.h"

namespace mydock::image {

// What is to be fetched for one image. Private to this module.
struct PullPlan {
  oci::Digest digest;           // of what the name means
  registry::Document manifest;  // of the one platform
  std::string config;           // the blob
  std::vector<oci::Descriptor> layers;
  std::vector<oci::DiffId> diffs;  // as many
};

// Fetches manifests and the configuration, and checks all that can be checked before the layers.
// Errors: as pull().
PullPlan plan_pull(const registry::Repository& repository, const oci::Reference& name,
                   const PullOptions& options, const std::stop_token& stop);

}  // namespace mydock::image
