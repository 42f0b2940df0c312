#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "image/content_store.h"

namespace mydock::image {

// The regular files of a tar, all staged, by their names inside it. Links between them are followed
// inside the archive only, so no name leads anywhere else. Private to this module.
class ArchiveFiles {
 public:
  // Reads `tar` (plain or compressed) to its end. Errors: invalid (not a tar, a name that leads
  // outside, one name for two contents, too many files), cancelled, system.
  ArchiveFiles(ContentStore& content, Source& tar, std::size_t most, const std::stop_token& stop);

  // nullptr: no such file.
  const StagedBlob* find(std::string_view name) const;
  // Errors: invalid, "invalid archive: …".
  const StagedBlob& get(std::string_view name) const;
  // The blob of an OCI layout, its digest and size checked. Errors: invalid.
  const StagedBlob& get_blob(const oci::Digest& digest, std::optional<std::uint64_t> size) const;
  std::string read(const StagedBlob& file) const;  // at most oci::kLargestDocument bytes

 private:
  void add(std::string name, StagedBlob&& file);

  std::map<std::string, StagedBlob, std::less<>> files_;
  std::map<std::string, std::string, std::less<>> links_;  // name -> name
};

}  // namespace mydock::image
