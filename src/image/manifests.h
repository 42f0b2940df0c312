#pragma once

#include <optional>
#include <string>

#include "image/content_store.h"
#include "oci/manifest.h"
#include "state/database.h"

namespace mydock::image {

struct KeptManifest {
  std::string media_type;
  oci::Digest digest;
  std::string text;
};

// The manifest that an image came with: pushed again, it keeps its digest. Safe on any thread.
class Manifests {
 public:
  Manifests(state::Database& database, ContentStore& content)
      : database_(database), content_(content) {}

  // Of an image that is there. Durable when it returns.
  void keep(const oci::Digest& image, const KeptManifest& manifest);
  // The last one kept, if all of its blobs are there still.
  std::optional<KeptManifest> find(const oci::Digest& image) const;

 private:
  state::Database& database_;
  ContentStore& content_;
};

}  // namespace mydock::image
