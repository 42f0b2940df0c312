#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "base/fd.h"
#include "base/stream.h"

namespace mydock::archive {

enum class WhiteoutMode {
  overlay,  // become overlayfs's: a 0:0 character device, trusted.overlay.opaque
  remove,   // remove what was there before
  literal,  // are ordinary files: docker cp
};

struct Owner {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

struct ApplyOptions {
  WhiteoutMode whiteouts = WhiteoutMode::overlay;
  // For layers: the directories below, topmost first. A parent that the archive does not hold is
  // made with the owner and mode that it has there; without: 0755, root.
  std::span<const Fd> lowers;
  bool set_owner = true;            // as the archive says; else the caller's
  std::optional<Owner> owner = {};  // of everything, whatever the archive says
  // docker cp: the directory, below the one that is given, that the archive's names begin at. Links
  // on the way are resolved from the top. Without a leading slash, without links itself.
  std::string prefix = {};
  // Gives each entry, and what a hard link names, another name.
  std::function<std::string(std::string_view)> rename = {};
  // docker cp: Error{invalid}, in Docker's words, where a directory would replace something else,
  // or the reverse.
  bool keep_kinds = false;
  std::uint64_t most_bytes = UINT64_MAX;  // of file data; more: Error{invalid}
  std::stop_token stop;
};

struct ApplyStats {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;    // of file data
  std::uint64_t skipped = 0;  // devices and xattrs that this user or file system cannot have
};

// Unpacks a tar, uncompressed, that nobody has to trust: nothing outside `directory` is made,
// changed or removed, whatever the names and links say. Reads the source to its end. On an error
// what was unpacked so far stays. Errors: invalid (the archive), system, cancelled. Setting owners
// needs root. Drops trusted.*, security.* but capability, and overlayfs's own xattrs.
ApplyStats apply_layer(Source& tar, const Fd& directory, const ApplyOptions& options);

}  // namespace mydock::archive
