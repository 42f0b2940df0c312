#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace mydock::cli {

// What `build` sends: the context as a tar, without what its ignore file names.
struct BuildContext {
  Fd tar;                  // a file of no name, at its beginning
  std::uint64_t size = 0;  // in bytes
  std::string dockerfile;  // its path in the tar
};

// `path`: a directory, or "-" for stdin: a tar, or a Dockerfile alone. `file`: --file; empty:
// Dockerfile in the context; "-": stdin. Errors: invalid, in docker's words; not_implemented for
// URLs.
BuildContext make_build_context(const std::string& path, const std::string& file);

}  // namespace mydock::cli
