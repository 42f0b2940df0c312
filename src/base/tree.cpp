#include "base/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/error.h"

namespace mydock {

namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// Small: after each sub-directory the rest of it is read again.
constexpr std::size_t kListing = 4096;

class Walk {
 public:
  explicit Walk(const std::function<void(const struct stat&)>& visit) : visit_(visit) {}

  void run(Fd top) {
    at_ = std::move(top);
    struct stat status {};
    if (::fstat(at_.get(), &status) != 0) return;
    device_ = status.st_dev;
    levels_.push_back({status.st_ino, 0});
    while (read_on() || go_up()) {
    }
  }

 private:
  struct Level {
    ino_t inode;
    off_t next;  // where to read on
  };

  // Reads one listing, or a part of it up to a directory, which it enters. False: the end.
  bool read_on() {
    if (::lseek(at_.get(), levels_.back().next, SEEK_SET) < 0) return false;
    const ssize_t size = ::getdents64(at_.get(), listing_.data(), listing_.size());
    if (size <= 0) return false;
    for (ssize_t offset = 0; offset < size;) {
      const auto* entry = reinterpret_cast<const dirent64*>(listing_.data() + offset);
      offset += entry->d_reclen;
      levels_.back().next = entry->d_off;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (enter(entry->d_name)) return true;
    }
    return true;
  }

  // True: it is a directory, and the current one now.
  bool enter(const char* name) {
    struct stat status {};
    if (::fstatat(at_.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (status.st_dev != device_) return false;
    visit_(status);
    if (!S_ISDIR(status.st_mode)) return false;
    Fd below(::openat(at_.get(), name, kDirectory));
    struct stat opened {};
    if (!below || ::fstat(below.get(), &opened) != 0 || opened.st_dev != device_) return false;
    at_ = std::move(below);
    levels_.push_back({opened.st_ino, 0});
    return true;
  }

  // False: that was the top, or the directory was moved to another place.
  bool go_up() {
    levels_.pop_back();
    if (levels_.empty()) return false;
    at_ = Fd(::openat(at_.get(), "..", kDirectory));
    struct stat status {};
    return at_ && ::fstat(at_.get(), &status) == 0 && status.st_dev == device_ &&
           status.st_ino == levels_.back().inode;
  }

  const std::function<void(const struct stat&)>& visit_;
  Fd at_;
  dev_t device_ = 0;
  std::vector<Level> levels_;
  alignas(dirent64) std::array<char, kListing> listing_{};
};

}  // namespace

void visit_tree(const fs::path& directory, const std::function<void(const struct stat&)>& visit) {
  Fd top(::open(directory.c_str(), kDirectory));
  if (top) Walk(visit).run(std::move(top));
}

}  // namespace mydock
