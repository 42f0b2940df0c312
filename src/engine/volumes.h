#pragma once

#include <string_view>

#include "api/filters.h"
#include "api/volume.h"

namespace mydock::engine {

struct Parts;

// The API's volume verbs: src/volume plus events and who uses them. Errors: not_found "get X: no
// such volume".
class Volumes {
 public:
  explicit Volumes(Parts& parts) : parts_(parts) {}

  api::VolumeList list(const api::Filters& filters) const;
  api::Volume inspect(std::string_view name) const;
  api::Volume create(const api::VolumeCreate& request);
  void remove(std::string_view name, bool force);
  api::VolumesPruned prune(const api::Filters& filters);
  std::int64_t users(std::string_view name) const;  // how many containers refer to it

 private:
  Parts& parts_;
};

}  // namespace mydock::engine
