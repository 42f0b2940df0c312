#pragma once

#include <functional>

#include "base/fd.h"
#include "base/file.h"

namespace mydock::runtime {

// A tree of mounts that nobody else sees, and that goes with this object: a mount namespace of its
// own, into and out of which nothing propagates. Its files are reached through top(), from any
// thread. Needs no more than Linux 5.12, where mounts cannot be put into a detached tree.
class PrivateMounts {
 public:
  // `build` runs on a thread of its own in the namespace, which begins as a copy of the daemon's:
  // it mounts, and returns the mount point whose tree is kept. All else of the copy is let go of,
  // so that nothing of the host is held busy. Errors: what `build` throws; system.
  explicit PrivateMounts(const std::function<fs::path()>& build);

  const Fd& top() const { return top_; }

 private:
  Fd namespace_;
  Fd top_;
};

}  // namespace mydock::runtime
