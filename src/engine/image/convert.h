#pragma once

#include "api/image.h"
#include "oci/image_config.h"

namespace mydock::engine {

api::ImageRunConfig to_api(const oci::ExecutionConfig& config);

}  // namespace mydock::engine
