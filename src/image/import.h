#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/stream.h"
#include "image/progress.h"
#include "image/store.h"
#include "oci/platform.h"

namespace mydock::image {

struct ImportOptions {
  std::optional<oci::Reference> name;
  std::string message;               // becomes the history's comment
  std::vector<std::string> changes;  // Dockerfile instructions; see change.h
  std::optional<oci::Platform> platform;
};

// `docker import`: an image of one layer from a tar of a root file system, plain or compressed.
// Errors: invalid (bad archive, bad change), cancelled, system.
ImagePtr import_image(Store& store, Source& tar, const ImportOptions& options, Progress& progress,
                      const std::stop_token& stop);

struct CreateOptions {
  ImagePtr parent;              // nullptr: from nothing
  oci::ExecutionConfig config;  // of the new image, whole
  std::string author, comment, created_by;
  std::vector<std::string> changes;
  std::optional<oci::Reference> name;
};

// `docker commit`: an image of `parent`'s layers and one more, made of the changeset `diff` (a tar
// with whiteouts). nullptr: only the config changes.
ImagePtr create_image(Store& store, Source* diff, const CreateOptions& options,
                      const std::stop_token& stop);

}  // namespace mydock::image
