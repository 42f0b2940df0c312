#pragma once

#include "base/fd.h"

namespace mydock::daemon {

// The file with our process ID, removed again when we end.
class PidFile {
 public:
  // Errors: conflict, when a live process of another daemon is named in it.
  explicit PidFile(fs::path path);
  ~PidFile();
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  fs::path path_;
};

}  // namespace mydock::daemon
