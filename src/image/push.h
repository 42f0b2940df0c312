#pragma once

#include <cstdint>
#include <stop_token>

#include "image/progress.h"
#include "image/store.h"
#include "registry/repository.h"

namespace mydock::image {

struct PushOptions {
  std::size_t parallel = 5;  // layers at once
};

struct Pushed {
  oci::Digest digest;  // of the manifest
  std::uint64_t size = 0;
};

// `docker push` of one image under one tag: what the registry lacks goes there, layers first, the
// manifest last. Blobs go as they came, and so does the manifest of an image that was pulled;
// layers that are not packed yet are, always to the same bytes. Afterwards the image has the
// repository's name for it, too. Errors: Refusal, system, cancelled.
Pushed push(Store& store, const registry::Repository& repository, const ImagePtr& image,
            const oci::Reference& name, const PushOptions& options, Progress& progress,
            const std::stop_token& stop);

}  // namespace mydock::image
