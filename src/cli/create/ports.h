#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/container_create.h"

namespace mydock::cli {

// "[ip:][host[-end]:]container[-end][/proto]" or "target=80,published=8080": adds to both maps.
// Errors: invalid, in docker's words.
void add_published(std::string_view text, api::StringSet& exposed, api::PortMap& bindings);
// "80-82/udp".
void add_exposed(std::string_view text, api::StringSet& exposed);

}  // namespace mydock::cli
