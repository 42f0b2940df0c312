#pragma once

#include <string>
#include <vector>

#include "image/content_store.h"
#include "image/downloads.h"
#include "image/images.h"
#include "image/layers.h"
#include "image/manifests.h"
#include "image/snapshots.h"
#include "image/trash.h"

namespace mydock::image {

// Everything about images below one data root, wired: blobs/ layers/ staging/ downloads/ trash/.
// The verbs over it are in load.h, save.h, import.h, pull.h, push.h.
class Store {
 public:
  // `jobs`: for background deletion; nullptr: at once. Makes the directories (0700).
  Store(const fs::path& data_root, state::Database& database, Jobs* jobs);

  // At start, before anything else: finishes what a crash cut off. Returns complaints for the log;
  // one broken row or file never stops the rest.
  std::vector<std::string> recover();

  Trash trash;
  ContentStore content;
  Snapshots snapshots;
  Layers layers;
  Images images;
  Manifests manifests;
  Downloads downloads;
};

}  // namespace mydock::image
