#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <string>

#include "base/file.h"

namespace mydock::test {

// <top>/outer/target is where a test unpacks; all else below <top> must never change.
class CanaryTree {
 public:
  CanaryTree() {
    std::string name = testing::TempDir() + "canary-XXXXXX";
    top_ = ::mkdtemp(name.data());
    fs::create_directories(target());
    fs::create_directories(top_ / "canary_dir/sub");
    std::ofstream(top_ / "canary") << "alive";
    std::ofstream(top_ / "outer/canary") << "alive";
    std::ofstream(top_ / "canary_dir/sub/file") << "alive";
    before_ = outside();
  }
  CanaryTree(const CanaryTree&) = delete;
  CanaryTree& operator=(const CanaryTree&) = delete;
  ~CanaryTree() {
    // Without root's rights, members of a directory that may not be written cannot be removed.
    for (const auto& item : fs::recursive_directory_iterator(top_)) {
      if (item.is_symlink() || !item.is_directory()) continue;
      fs::permissions(item.path(), fs::perms::owner_all, fs::perm_options::add);
    }
    remove_tree(top_);
  }

  const fs::path& top() const { return top_; }
  fs::path target() const { return top_ / "outer/target"; }
  Fd open() const { return open_file(target(), O_RDONLY | O_DIRECTORY); }
  bool is_untouched() const { return before_ == outside(); }

 private:
  std::map<std::string, std::string> outside() const {
    std::map<std::string, std::string> found;
    for (auto it = fs::recursive_directory_iterator(top_); it != fs::recursive_directory_iterator();
         ++it) {
      struct stat status {};
      ::lstat(it->path().c_str(), &status);
      // Making entries inside changes the target's own times.
      const bool is_target = it->path() == target();
      if (is_target) it.disable_recursion_pending();
      std::string text = fmt::format("{:o} {} {} {}", status.st_mode, status.st_uid, status.st_gid,
                                     status.st_nlink);
      if (!S_ISDIR(status.st_mode)) {
        text += fmt::format(" {} {}", status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
      }
      if (S_ISREG(status.st_mode)) text += read_file(it->path());
      found[it->path()] = is_target ? "" : text;
    }
    return found;
  }

  fs::path top_;
  std::map<std::string, std::string> before_;
};

}  // namespace mydock::test
