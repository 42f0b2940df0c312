#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "oci/digest.h"

namespace mydock::image {

// A container that stands on an image: the caller knows them.
struct ContainerUse {
  std::string container;  // its id
  oci::Digest image;
  bool running = false;  // paused and restarting ones too
};

struct RemoveOptions {
  bool force = false;
  bool prune_parents = true;  // parents without a name go too
};

// One line of the answer to a removal.
struct Removed {
  enum class What { untagged, deleted_image, deleted_layer };
  What what;
  std::string text;   // familiar name, "sha256:…" of the image, ChainID of the layer
  oci::Digest image;  // that it happened to (for the event)
};

struct PruneOptions {
  bool dangling = true;  // only images without a tag; false: every image that no container uses
  std::vector<std::string> labels, without_labels;
  std::optional<Time> until;
};

struct PruneResult {
  std::vector<Removed> removed;
  std::uint64_t reclaimed = 0;  // bytes of unpacked layers
};

}  // namespace mydock::image
