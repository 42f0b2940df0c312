#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock {

// All of these are for trees that mydock itself owns. For what a container or an image shaped use
// base/root.h.

// Whole contents. Errors: system (errno says why), invalid when longer than `limit` bytes.
std::string read_file(const fs::path& path, std::size_t limit = std::size_t{64} << 20);
// Absent: no value. Other errors are thrown.
std::optional<std::string> find_file(const fs::path& path,
                                     std::size_t limit = std::size_t{64} << 20);

enum class Durability {
  synced,   // survives a power cut when the call returns: fsync file, rename, fsync directory
  renamed,  // appears whole or not at all, but only survives a crash of the process
};
// Writes a temporary file beside `path` and renames it over.
void write_file_atomically(const fs::path& path, std::string_view contents, mode_t mode,
                           Durability durability = Durability::synced);
// Overwrites in place with one write(2): for /proc, /sys and cgroup files.
void write_kernel_file(const fs::path& path, std::string_view contents);

void sync_directory(const fs::path& path);
// mkdir -p with this mode for each directory that it makes (the umask does not apply).
void make_directories(const fs::path& path, mode_t mode);
// Removes a tree by descriptor: never follows a link, never leaves the file system, needs no stack
// for deep trees. An absent path is fine. Errors: system; as much as possible is removed first.
void remove_tree(const fs::path& path);

// A directory that appears at `final_path` whole (commit) or not at all (destructor).
class StagedDirectory {
 public:
  // Makes `staging_root`/<random>, mode 0700. Both paths must be on one file system.
  StagedDirectory(const fs::path& staging_root, fs::path final_path);
  StagedDirectory(StagedDirectory&& other) noexcept;
  StagedDirectory(const StagedDirectory&) = delete;
  StagedDirectory& operator=(const StagedDirectory&) = delete;
  StagedDirectory& operator=(StagedDirectory&&) = delete;
  ~StagedDirectory();

  const fs::path& path() const { return path_; }
  // Renames into place and syncs the parent directory. The contents must be synced already.
  void commit();

 private:
  fs::path path_;
  fs::path final_path_;
};

}  // namespace mydock
