#pragma once

#include "api/image.h"
#include "oci/image_config.h"

namespace mydock::engine {

api::ImageRunConfig to_api(const oci::ExecutionConfig& config);
oci::ExecutionConfig to_oci(const api::ImageRunConfig& config);

// The part of a container's config that an image may have too.
api::ImageRunConfig run_config(const api::ContainerConfig& config);
// The reverse: what is empty counts as not set.
void take_run_config(api::ContainerConfig& config, const api::ImageRunConfig& from);

}  // namespace mydock::engine
