#include "build/upper.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <functional>

#include "archive/directory.h"
#include "base/error.h"
#include "build/tree.h"

namespace mydock::build {

namespace {

constexpr int kDeepest = 400;

Fd open_child(const Fd& directory, const std::string& name) {
  return Fd(check(
      ::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
      "open {}", name));
}

void keep_only_below(const Fd& directory, const std::string& above,
                     const std::set<std::string>& paths, int depth) {
  if (depth > kDeepest) fail(Kind::invalid, "the tree is deeper than {} directories", kDeepest);
  for (const auto& item : archive::list_directory(directory)) {
    const std::string path = above + "/" + item.name;
    if (!paths.contains(path)) {
      remove_at(directory, item.name);
    } else if (item.is_directory) {
      // Its time is part of the layer.
      const Fd inside = open_child(directory, item.name);
      struct stat before {};
      check(::fstat(inside.get(), &before), "stat {}", path);
      keep_only_below(inside, path, paths, depth + 1);
      const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
      check(::futimens(inside.get(), times.data()), "set the time of {}", path);
    }
  }
}

void limit_below(const Fd& directory, const timespec& most, int depth) {
  if (depth > kDeepest) fail(Kind::invalid, "the tree is deeper than {} directories", kDeepest);
  for (const auto& item : archive::list_directory(directory)) {
    struct stat status {};
    check(::fstatat(directory.get(), item.name.c_str(), &status, AT_SYMLINK_NOFOLLOW), "stat {}",
          item.name);
    if (item.is_directory) limit_below(open_child(directory, item.name), most, depth + 1);
    if (status.st_mtim.tv_sec < most.tv_sec) continue;
    const std::array<timespec, 2> times{most, most};
    check(::utimensat(directory.get(), item.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW),
          "set the time of {}", item.name);
  }
}

}  // namespace

void keep_only(const Fd& upper, const std::set<std::string>& paths) {
  keep_only_below(upper, "", paths, 0);
}

void limit_times(const Fd& upper, Time most) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(most.time_since_epoch());
  limit_below(upper, {seconds.count(), 0}, 0);
}

}  // namespace mydock::build
