#pragma once

#include <string>

#include "api/disk_usage.h"
#include "api/info.h"
#include "api/system.h"

namespace mydock::engine {

struct Parts;

class System {
 public:
  explicit System(Parts& parts);
  api::Info info() const;
  api::Version version() const;
  api::DiskUsage disk_usage() const;

 private:
  Parts& parts_;
  std::string id_;  // of this daemon, kept in the data root
};

}  // namespace mydock::engine
