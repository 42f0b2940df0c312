#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "image/progress.h"
#include "image/store.h"
#include "oci/platform.h"
#include "registry/repository.h"

namespace mydock::image {

struct PullOptions {
  std::optional<oci::Platform> platform;  // none: the host's
  std::size_t parallel = 3;               // layers at once
  int attempts = 5;                       // at each layer, each going on where the last one ended
  std::chrono::milliseconds first_wait{1000};
};

struct Pulled {
  ImagePtr image;
  oci::Digest digest;  // what the registry calls it: of an index, if it is one
  bool newer = false;  // the name meant another image before, or none
};

// `docker pull` of one tag or digest. Layers come in parallel, each verified twice (as it is
// packed, and unpacked), and become snapshots in their order. A crash or an error leaves downloads
// that the next pull goes on with; the names change last. Errors: not_found (in Docker's words),
// invalid (it is not what its digest says), system, cancelled.
Pulled pull(Store& store, const registry::Repository& repository, const oci::Reference& name,
            const PullOptions& options, Progress& progress, const std::stop_token& stop);

}  // namespace mydock::image
