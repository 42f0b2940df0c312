#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/filters.h"
#include "api/volume.h"
#include "client/session.h"

namespace mydock::client {

class VolumeCalls {
 public:
  explicit VolumeCalls(Session& session) : session_(session) {}

  api::VolumeList list(const api::Filters& filters);
  api::Volume inspect(std::string_view name);
  std::string inspect_json(std::string_view name);
  api::Volume create(const api::VolumeCreate& create);
  void remove(std::string_view name, bool force);
  api::VolumesPruned prune(const api::Filters& filters);

 private:
  Session& session_;
};

}  // namespace mydock::client
