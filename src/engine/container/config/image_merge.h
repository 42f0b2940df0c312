#pragma once

#include "api/container_config.h"
#include "api/image.h"

namespace mydock::engine {

// What a config leaves open is taken from the image, by Docker's rules.
void merge_config(api::ContainerConfig& config, const api::ImageRunConfig& image);
// The same for a create request. Errors: invalid, "no command specified".
void merge_image(api::ContainerConfig& config, const api::ImageRunConfig& image);

}  // namespace mydock::engine
