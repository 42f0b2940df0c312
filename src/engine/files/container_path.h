#pragma once

#include <string>
#include <string_view>

#include "api/container_results.h"
#include "base/root.h"

namespace mydock::engine {

// A path in a container as Docker takes it: absolute, ".." taken away lexically, a last "/" or "/."
// kept, which means that a link before it is followed.
std::string clean_path(std::string_view path);
bool follows_last(std::string_view clean_path);
// The last part; "." and "/" are their own.
std::string base_name(std::string_view clean_path);

// The path with every link resolved inside the root; what is not there stays as it is. Errors:
// system with ELOOP.
std::string resolve_in(const Root& root, std::string_view path);

// Errors: system, with ENOENT, ENOTDIR, ….
api::PathStat stat_in(const Root& root, const std::string& clean_path);

// Go's os.FileMode of an st_mode.
std::uint32_t go_file_mode(mode_t mode);

}  // namespace mydock::engine
