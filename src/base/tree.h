#pragma once

#include <sys/stat.h>

#include <functional>

#include "base/fd.h"

namespace mydock {

// Calls `visit` with the lstat of everything below `directory`, in no order. For any tree, also one
// that somebody changes meanwhile (what moves may be missed): works by descriptor, never follows a
// link, never leaves the file system. Two descriptors and a few bytes a level, however deep.
// A directory that is not there, or cannot be read, counts as empty.
void visit_tree(const fs::path& directory, const std::function<void(const struct stat&)>& visit);

}  // namespace mydock
