#pragma once

#include <string_view>

namespace mydock::cli {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace mydock::cli
