#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "api/filters.h"
#include "api/image.h"
#include "api/image_list.h"
#include "api/json_stream.h"
#include "base/stream.h"

namespace mydock::engine {

struct Parts;

struct ImportOptions {
  std::string reference;  // "repo[:tag]"; empty: untagged
  std::string message;
  std::string platform;
  std::vector<std::string> changes;  // Dockerfile instructions
};

struct ImageRemoveOptions {
  bool force = false;
  bool prune_parents = true;
};

struct ImageListOptions {
  bool all = false;
  bool shared_size = false;
  api::Filters filters;
};

// Called on the verb's own thread.
using ImageProgress = std::function<void(const api::ProgressMessage&)>;

// The API's image verbs: the stores of src/image plus events and the rules on images in use.
// Errors: not_found "No such image: NAME".
class Images {
 public:
  explicit Images(Parts& parts) : parts_(parts) {}

  std::vector<api::ImageSummary> list(const ImageListOptions& options) const;
  api::ImageInspect inspect(std::string_view name) const;
  std::vector<api::ImageHistoryEntry> history(std::string_view name) const;
  void tag(std::string_view name, std::string_view repository, std::string_view tag);
  std::vector<api::ImageDeleted> remove(std::string_view name, const ImageRemoveOptions& options);
  void load(Source& tar, const ImageProgress& progress, const std::stop_token& stop);
  void save(const std::vector<std::string>& names, Sink& tar, const std::stop_token& stop);
  // Returns the new image's ID.
  std::string import(Source& tar, const ImportOptions& options, const std::stop_token& stop);
  api::ImagesPruned prune(const api::Filters& filters);

 private:
  Parts& parts_;
};

}  // namespace mydock::engine
