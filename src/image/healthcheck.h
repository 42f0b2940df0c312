#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci/image_config.h"

namespace mydock::image {

// The arguments of HEALTHCHECK: "NONE", or "[--interval=… --timeout=… --start-period=…
// --start-interval=… --retries=…] CMD …". Errors: invalid.
oci::Healthcheck parse_healthcheck(std::string_view rest);

// ["a", "b"]; no value when the text is not that.
std::optional<std::vector<std::string>> json_list(std::string_view text);

}  // namespace mydock::image
