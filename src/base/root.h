#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock {

// openat2(2) below `root`, with links resolved inside it and magic links refused. EAGAIN (the
// kernel saw a rename race) is tried again, 128 times at most.
Fd open_in_root(const Fd& root, std::string_view path, int flags, mode_t mode = 0);

// A directory tree that an image or a container shaped. Every path is resolved inside the tree, as
// a process chrooted there would see it; nothing outside can be reached, whatever links it holds.
// "" and "/" are the tree's top. The last component of a path is never followed, except by open()
// and real_path(). Errors: system (errno says why), invalid (a name with NUL, or "..", as last
// part).
class Root {
 public:
  explicit Root(Fd directory) : directory_(std::move(directory)) {}
  static Root open(const fs::path& directory);

  const Fd& fd() const { return directory_; }

  // Follows the last component too, inside the tree, unless O_NOFOLLOW is given.
  Fd open(std::string_view path, int flags, mode_t mode = 0) const;
  // {O_PATH descriptor of the parent directory, last component}: for the *at calls.
  struct Place {
    Fd parent;
    std::string name;
  };
  Place locate(std::string_view path) const;

  std::optional<struct stat> find(
      std::string_view path) const;  // lstat; no value: ENOENT or ENOTDIR
  std::string read_link(std::string_view path) const;
  // The path with every link resolved, absolute inside the tree: "/usr/bin/python3.11".
  std::string real_path(std::string_view path) const;

  // mkdir -p: component by component on descriptors; links in the middle are followed inside the
  // tree. Returns an O_PATH descriptor of the last directory.
  Fd make_directories(std::string_view path, mode_t mode = 0755) const;
  // A new regular file (O_EXCL, O_NOFOLLOW), opened for writing.
  Fd create_file(std::string_view path, mode_t mode) const;

 private:
  Fd directory_;
};

}  // namespace mydock
