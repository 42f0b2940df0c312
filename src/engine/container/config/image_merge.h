#pragma once

#include "api/container_config.h"
#include "api/image.h"

namespace mydock::engine {

// What a create request leaves open is taken from the image, by Docker's rules. Errors: invalid,
// "no command specified".
void merge_image(api::ContainerConfig& config, const api::ImageRunConfig& image);

}  // namespace mydock::engine
