#pragma once

#include "image/downloads.h"
#include "image/pull.h"

namespace mydock::image {

// One layer's blob, verified, with the tries and the progress of a pull. Private to this module.
StagedBlob fetch_layer(Downloads& downloads, const registry::Repository& repository,
                       const oci::Descriptor& layer, const PullOptions& options, Progress& progress,
                       const std::stop_token& stop);

}  // namespace mydock::image
