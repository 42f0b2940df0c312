#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/call.h"

namespace mydock::daemon {

// Every call of the API that is answered, one row each; api/openapi.yaml has the same rows.
std::vector<Route> routes();

using Parameters = std::map<std::string, std::string, std::less<>>;

// No value: the pattern does not fit. A literal segment must be equal.
std::optional<Parameters> match(std::string_view pattern, std::span<const std::string> segments);

// The rows of one noun, each beside its handlers in handlers/.
std::span<const Route> system_routes();
std::span<const Route> container_routes();
std::span<const Route> container_io_routes();
std::span<const Route> container_files_routes();
std::span<const Route> exec_routes();
std::span<const Route> build_routes();
std::span<const Route> image_routes();
std::span<const Route> registry_routes();
std::span<const Route> network_routes();
std::span<const Route> volume_routes();
std::span<const Route> absent_routes();

}  // namespace mydock::daemon
