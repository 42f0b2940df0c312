#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "oci/image_config.h"

// Histories hold values as Go prints them, and clients compare histories.
namespace mydock::build {

std::string go_quoted(std::string_view text);                       // %q: "a\"b"
std::string go_quoted_list(const std::vector<std::string>& words);  // %q: ["a" "b"]
std::string go_duration(std::int64_t nanoseconds);                  // "1m30s", "1.5ms"
std::string go_quoted_healthcheck(const oci::Healthcheck& check);  // &{["CMD" "x"] "30s" … '\x03'}

}  // namespace mydock::build
