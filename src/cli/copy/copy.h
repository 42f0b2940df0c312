#pragma once

#include <string>

#include "cli/copy/copy_path.h"
#include "cli/invocation.h"

namespace mydock::cli {

struct CopyOptions {
  bool follow = false;
  bool archive = false;
  bool quiet = false;
};

// `local`: a path of this machine, or "-" for a tar on standard input or output.
void copy_from_container(Invocation& call, const ContainerPath& from, const std::string& local,
                         const CopyOptions& options);
void copy_to_container(Invocation& call, const std::string& local, const ContainerPath& to,
                       const CopyOptions& options);

}  // namespace mydock::cli
