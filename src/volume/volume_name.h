#pragma once

#include <string_view>

namespace mydock::volume {

// Two characters at least, as Docker's. Errors: invalid, "create X: "X" includes invalid characters
// …".
void check_volume_name(std::string_view name);

}  // namespace mydock::volume
