#pragma once

#include <chrono>
#include <stop_token>

#include "base/fd.h"

namespace mydock::engine {

// Wakes when a log may have grown, or when its container's run may have ended.
class LogWatch {
 public:
  // `log_directory` is where the log lies, `bundle` goes when a run has been dealt with.
  LogWatch(const fs::path& log_directory, fs::path bundle);
  // Blocks until something may have changed. Errors: cancelled.
  void wait(const std::stop_token& stop);

 private:
  Fd inotify_;  // empty: the machine has no more of them
  fs::path bundle_;
};

}  // namespace mydock::engine
