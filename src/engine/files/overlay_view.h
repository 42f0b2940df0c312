#pragma once

#include <string>
#include <vector>

#include "base/root.h"
#include "image/snapshots.h"

namespace mydock::engine {

// Views of layers and of what a container wrote. What open_…() returns is mounted where nobody sees
// it, and goes with its descriptor. Errors: system.

// Layers alone (directories, top first), read-only. Errors: invalid when there are none.
Root open_layers(const std::vector<std::string>& layers);
// Writable; the container must not be running.
Root open_writable_overlay(const image::OverlayMount& overlay);
// What the container has written and its layers, read-only. Also of a running one: what it changes
// meanwhile is seen or not.
Root open_readable_overlay(const image::OverlayMount& overlay);

// Inside a runtime::PrivateMounts: mounts the view over one of its own directories, and returns
// that.
fs::path mount_view(const image::OverlayMount& overlay, bool read_only);

struct BindView {
  std::string source;
  std::string subpath;  // resolved inside the source
  bool read_only = false;
  bool recursive = true;
};
bool shows_directory(const BindView& bind);
// Inside a runtime::PrivateMounts: mounts a copy of the host's mount on `target`.
void attach_bind(const Fd& target, const BindView& bind);

}  // namespace mydock::engine
