#pragma once

#include <string>
#include <vector>

#include "api/json_types.h"

namespace mydock::cli {

// What --env-file and --env give, files first. A bare name takes its value from this program's
// environment; in a file it is dropped when it is not set there. Errors: system, invalid.
std::vector<std::string> read_environment(const std::vector<std::string>& files,
                                          const std::vector<std::string>& values);
// --label-file and --label.
api::StringMap read_labels(const std::vector<std::string>& files,
                           const std::vector<std::string>& values);
api::StringMap to_map(const std::vector<std::string>& pairs);

}  // namespace mydock::cli
