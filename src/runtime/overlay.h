#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/file.h"

namespace mydock::runtime {

// "5:7:8": how lowerdir names layers that are open, while the working directory is /proc/self/fd.
std::string descriptor_names(const std::vector<Fd>& directories);

struct OverlayParts {
  const std::vector<std::string>& lower;  // directories, top first
  std::string upper;                      // empty: read-only, of two layers or more
  std::string work;
};

// Mounts an overlay on `target`, with the features off that change how layers are written. `flags`
// are mount(2)'s. Changes the thread's working directory meanwhile, and needs one of its own.
// Errors: system; invalid, when its options do not fit in a page (some 800 layers).
void mount_overlay(const OverlayParts& parts, const fs::path& target, unsigned long flags);

}  // namespace mydock::runtime
