#pragma once

#include <span>
#include <string>

#include "oci/image_config.h"

namespace mydock::image {

// Applies Dockerfile instructions (CMD ENTRYPOINT ENV EXPOSE LABEL USER VOLUME WORKDIR STOPSIGNAL
// ONBUILD HEALTHCHECK, shell and JSON form) to a config, as `docker commit --change`.
// Errors: invalid, "<instruction> is not a valid change command" and the like.
void apply_changes(oci::ExecutionConfig& config, std::span<const std::string> changes);

}  // namespace mydock::image
