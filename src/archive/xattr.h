#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock::archive {

// user.* and security.capability. Not trusted.* and user.overlay.*, which would speak to overlayfs,
// nor security labels, which are the host's.
bool is_kept_xattr(std::string_view name);
// Fails with Kind::invalid for file capabilities that are no capabilities.
void check_xattr(std::string_view name, std::string_view value);
// Those that are kept; none where the file system has none.
std::map<std::string, std::string> read_xattrs(const Fd& fd);
// Empty when absent.
std::string read_xattr(const Fd& fd, const char* name);

}  // namespace mydock::archive
