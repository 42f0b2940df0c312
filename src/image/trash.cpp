#include "image/trash.h"

#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"

namespace mydock::image {

Trash::Trash(fs::path directory, Jobs* jobs) : directory_(std::move(directory)), jobs_(jobs) {
  make_directories(directory_, 0700);
  for (const auto& entry : fs::directory_iterator(directory_)) {
    try {
      remove_tree(entry.path());
    } catch (const Error& error) {
      log::warn("empty the trash: {}; left for the next start", error.what());
    }
  }
}

void Trash::discard(const fs::path& path) {
  const fs::path doomed = directory_ / random_hex(16);
  if (::rename(path.c_str(), doomed.c_str()) != 0) {
    if (errno == ENOENT) return;
    fail_errno("move {} to {}", path.string(), doomed.string());
  }
  if (jobs_ == nullptr) {
    remove_tree(doomed);
  } else {
    jobs_->run("delete " + path.string(), [doomed] { remove_tree(doomed); });
  }
}

}  // namespace mydock::image
