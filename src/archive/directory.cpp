#include "archive/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace mydock::archive {

namespace {
struct Close {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
}  // namespace

std::vector<DirectoryItem> list_directory(const Fd& directory) {
  Fd own = open_at(directory, ".", O_RDONLY | O_DIRECTORY);
  const std::unique_ptr<DIR, Close> stream(::fdopendir(own.get()));
  if (!stream) fail_errno("read a directory");
  const int fd = own.release();  // the stream owns it now
  std::vector<DirectoryItem> items;
  for (;;) {
    errno = 0;
    const dirent* found = ::readdir(stream.get());
    if (found == nullptr) {
      if (errno != 0) fail_errno("read a directory");
      break;
    }
    const std::string_view name = found->d_name;
    if (name == "." || name == "..") continue;
    bool is_directory = found->d_type == DT_DIR;
    if (found->d_type == DT_UNKNOWN) {
      struct stat status {};
      is_directory = ::fstatat(fd, found->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                     S_ISDIR(status.st_mode);
    }
    items.push_back({std::string(name), is_directory});
  }
  std::sort(items.begin(), items.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return items;
}

}  // namespace mydock::archive
