#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/root.h"
#include "base/stream.h"

namespace mydock::archive {

struct TreeOptions {
  // Put before every name: "etc" makes "etc/", "etc/passwd", …; "/" makes "/", "/etc/", …
  std::string prefix;
  bool with_top = false;  // an entry for the tree's top too ("./" when there is no prefix)
  // Not written when true; for a directory all below it too. Gets "etc/passwd".
  std::function<bool(std::string_view path)> leave_out;
  std::stop_token stop;
};

// A tree as a tar, sorted, links and devices and all; sockets are left out. Never follows a link.
// The tree may change meanwhile: a file that grows or shrinks is cut or padded, one that vanishes
// is left out, and so is what file systems like procfs hold. xattrs: user.* and
// security.capability. Errors: system, cancelled, what the sink throws.
void write_tree(const Fd& root, Sink& tar, const TreeOptions& options = {});
struct NamedPath {
  std::string path;
  std::string name;  // in the tar
};
// Each path, and all below it if it is a directory. Its last part is a link that is not followed,
// unless a slash comes after it. docker cp. Errors: system with ENOENT, ….
void write_paths(const Root& root, std::span<const NamedPath> paths, Sink& tar,
                 const std::stop_token& stop = {});
// An overlay's upper directory as a layer: 0:0 character devices become .wh.NAME, opaque
// directories hold .wh..wh..opq. The overlay must have been mounted with redirect_dir=off and
// metacopy=off: else Error{not_implemented}. `leave_out`: as in TreeOptions; a whiteout's path is
// that of what it hides.
void write_layer_diff(const Fd& upper, Sink& tar, const std::stop_token& stop = {},
                      const std::function<bool(std::string_view path)>& leave_out = {});

}  // namespace mydock::archive
