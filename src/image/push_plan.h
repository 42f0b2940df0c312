#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "image/push.h"

namespace mydock::image {

// A layer to push. Private to this module.
struct PushLayer {
  oci::Descriptor blob;
  std::string shown_as;              // 12 digits of the DiffID
  std::optional<StagedBlob> packed;  // no value: the blob is in the content store
};

struct PushPlan {
  registry::Document manifest;
  oci::Descriptor config;
  std::vector<PushLayer> layers;
};

// Packs what has to be. The blobs are held by `lease`. Errors: not_found, system, cancelled.
PushPlan plan_push(Store& store, const ImagePtr& image, Lease& lease, Progress& progress,
                   const std::stop_token& stop);

}  // namespace mydock::image
