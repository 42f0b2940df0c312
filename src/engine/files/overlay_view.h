#pragma once

#include <string>
#include <vector>

#include "base/root.h"
#include "image/snapshots.h"

namespace mydock::engine {

// Mounts that are attached nowhere: they go with their descriptors.

// Writable; the container must not be running. The mount itself is read-only with `read_only`.
Root open_writable_overlay(const image::OverlayMount& overlay, bool read_only);
// What the container has written and its layers, read-only. Also of a running one: what it changes
// meanwhile is seen or not.
Root open_readable_overlay(const image::OverlayMount& overlay);

struct BindView {
  std::string source;
  std::string subpath;  // resolved inside the source
  bool read_only = false;
  bool recursive = true;
};
bool shows_directory(const BindView& bind);
// Attaches a copy of the host's mount inside the view. Errors: system; not_implemented, before
// Linux 6.15.
void attach_bind(const Fd& target, const BindView& bind);

}  // namespace mydock::engine
