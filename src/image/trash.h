#pragma once

#include "base/file.h"
#include "base/jobs.h"

namespace mydock::image {

// What is to be deleted goes here by one rename, so that the verb that removes it is quick; the
// bytes go in the background. What a crash leaves is deleted at the next start.
class Trash {
 public:
  // `directory` is made (0700) and emptied. No jobs: discard() deletes before it returns.
  Trash(fs::path directory, Jobs* jobs);

  // `path` is gone when this returns; absent is fine. Errors: system.
  void discard(const fs::path& path);

 private:
  fs::path directory_;
  Jobs* jobs_;
};

}  // namespace mydock::image
