#pragma once

#include <optional>
#include <stop_token>
#include <vector>

#include "base/stream.h"
#include "image/progress.h"
#include "image/store.h"
#include "oci/platform.h"

namespace mydock::image {

struct LoadOptions {
  // Which image of an OCI index; none: the host's.
  std::optional<oci::Platform> platform;
  std::size_t most_entries = 20'000;  // an archive with more files is refused
};

struct Loaded {
  oci::Digest image;
  std::vector<std::string> tags;  // familiar
};

// `docker load`: a docker-archive (manifest.json) or an OCI layout (index.json) in a tar, plain,
// gzip or zstd. Files that the archive names are looked up among its own entries only. Tells
// progress, then "Loaded image: …\n" for each name. Images that were complete before an error stay.
// Errors: invalid (what is wrong with the archive), cancelled, system.
std::vector<Loaded> load(Store& store, Source& archive, const LoadOptions& options,
                         Progress& progress, const std::stop_token& stop);

}  // namespace mydock::image
