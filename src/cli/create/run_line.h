#pragma once

#include <string>
#include <vector>

#include "api/container_inspect.h"
#include "api/image.h"

namespace mydock::cli {

// The words after "mydock" that make a container equal to this one: `inspect --as run`. What its
// image says already is left out. It runs detached. Errors: not_implemented, for what no flag can
// say (a seccomp profile of one's own).
std::vector<std::string> run_line(const api::ContainerInspect& container,
                                  const api::ImageRunConfig& image);

// A word as a POSIX shell reads it back.
std::string shell_quoted(std::string_view word);

}  // namespace mydock::cli
