#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/root.h"
#include "base/stream.h"

namespace mydock::archive {

struct TreeOptions {
  std::string prefix;     // put before every name: "etc" makes "etc/", "etc/passwd", …
  bool with_top = false;  // an entry for the tree's top too ("./" when there is no prefix)
  // Not written when true; for a directory all below it too. Gets "etc/passwd".
  std::function<bool(std::string_view path)> leave_out;
  std::stop_token stop;
};

// A tree as a tar, sorted, links and devices and all; sockets are left out. Never follows a link.
// The tree may change meanwhile: a file that grows or shrinks is cut or padded, one that vanishes
// is left out. xattrs: user.* and security.capability. Errors: system, cancelled, what the sink
// throws.
void write_tree(const Fd& root, Sink& tar, const TreeOptions& options = {});
// One file, or a directory with all below, whose last part may be a link that is not followed; it
// is named `name` in the tar. docker cp. Errors: system with ENOENT, ….
void write_path(const Root& root, std::string_view path, std::string_view name, Sink& tar,
                const std::stop_token& stop = {});
// An overlay's upper directory as a layer: 0:0 character devices become .wh.NAME, opaque
// directories hold .wh..wh..opq. The overlay must have been mounted with redirect_dir=off and
// metacopy=off: else Error{not_implemented}.
void write_layer_diff(const Fd& upper, Sink& tar, const std::stop_token& stop = {});

}  // namespace mydock::archive
