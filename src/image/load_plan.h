#pragma once

#include <string>
#include <vector>

#include "image/archive_files.h"
#include "image/load.h"
#include "oci/digest.h"
#include "oci/reference.h"

namespace mydock::image {

// One image of an archive: everything about it is checked but the layers' content.
struct PlannedImage {
  std::string config;                     // the blob
  std::vector<oci::DiffId> diffs;         // lowest first
  std::vector<const StagedBlob*> layers;  // as many
  std::vector<oci::Reference> names;
};

// Reads manifest.json or, if there is none, index.json. Private. Errors: invalid.
std::vector<PlannedImage> plan_load(const ArchiveFiles& files, const LoadOptions& options);

}  // namespace mydock::image
