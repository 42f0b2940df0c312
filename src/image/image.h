#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "oci/digest.h"
#include "oci/image_config.h"
#include "oci/reference.h"

namespace mydock::image {

// One image as it was when it was looked up.
struct Image {
  oci::Digest id;  // of the config blob
  oci::ImageConfig config;
  std::optional<oci::ChainId> chain;  // the top layer; none: an image without layers
  std::optional<oci::Digest> parent;  // only of images that were made here
  std::uint64_t size = 0;             // of the unpacked layers
  Time created{};
  Time tagged{};                      // the last tag's time; the epoch: never
  std::vector<oci::Reference> names;  // tags and digests, sorted by their text
  std::string damage;                 // why it cannot be used; empty: it can

  std::vector<std::string> tags() const;     // familiar: "alpine:3.19"
  std::vector<std::string> digests() const;  // familiar: "alpine@sha256:…"
};
using ImagePtr = std::shared_ptr<const Image>;

// An image in a list, with those of its names that the filter took.
struct Listed {
  ImagePtr image;
  std::vector<std::string> tags, digests;
};

}  // namespace mydock::image
