#include "engine/files/changes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "archive/directory.h"
#include "archive/whiteout.h"
#include "archive/xattr.h"
#include "base/error.h"
#include "engine/containers.h"
#include "engine/files/overlay_view.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

constexpr int kModified = 0;
constexpr int kAdded = 1;
constexpr int kDeleted = 2;

// Made so that something can be mounted there, or to tell programs that they are in a container.
constexpr std::array<std::string_view, 13> kOurs{
    "/.dockerenv", "/dev", "/dev/console", "/dev/mqueue",   "/dev/pts",
    "/dev/shm",    "/etc", "/etc/hosts",   "/etc/hostname", "/etc/resolv.conf",
    "/proc",       "/sys", "/sys/fs"};

bool is_ours(const std::string& path, const struct stat& status) {
  if (std::ranges::find(kOurs, path) == kOurs.end()) return false;
  return S_ISDIR(status.st_mode) || (S_ISREG(status.st_mode) && status.st_size == 0);
}

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

class Walk {
 public:
  explicit Walk(const image::OverlayMount& overlay) : upper_(Root::open(overlay.upper)) {
    if (!overlay.lower.empty()) lower_ = open_layers(overlay.lower);
  }

  std::vector<api::FileChange> run() {
    visit_directory("", lower_.has_value());
    return std::move(found_);
  }

 private:
  std::optional<struct stat> find_lower(const std::string& path) const {
    return lower_ ? lower_->find(path) : std::nullopt;
  }

  void add(const std::string& path, int kind) { found_.push_back({.path = path, .kind = kind}); }

  // The members of the upper directory `path`, and those of the lower one that an opaque upper one
  // hides. One level of the tree a call: a path is at most 4 KiB, so there are at most 2,048.
  void visit_directory(const std::string& path, bool has_lower) {
    Fd directory;
    try {
      directory = upper_.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch (const Error& error) {  // a running container has removed it
      if (error.error_number() != ENOENT && error.error_number() != ENOTDIR) throw;
      return;
    }
    std::vector<std::string> names;
    for (archive::DirectoryItem& item : archive::list_directory(directory)) {
      names.push_back(std::move(item.name));
    }
    std::set<std::string> hidden;
    if (has_lower && archive::is_opaque(directory)) hidden = hidden_names(path, names);
    directory.reset();
    for (const std::string& name : hidden) names.push_back(name);
    std::ranges::sort(names);
    for (const std::string& name : names) {
      const std::string child = path + "/" + name;
      if (hidden.contains(name)) {
        add(child, kDeleted);
      } else {
        visit(child, has_lower);
      }
    }
  }

  std::set<std::string> hidden_names(const std::string& path,
                                     const std::vector<std::string>& names) const {
    std::set<std::string> hidden;
    const Fd directory = lower_->open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    for (archive::DirectoryItem& item : archive::list_directory(directory)) {
      hidden.insert(std::move(item.name));
    }
    for (const std::string& name : names) hidden.erase(name);
    return hidden;
  }

  void visit(const std::string& path, bool may_be_lower) {
    const auto upper = upper_.find(path);
    if (!upper) return;
    if (S_ISCHR(upper->st_mode) && upper->st_rdev == 0) return add(path, kDeleted);
    const auto lower = may_be_lower ? find_lower(path) : std::nullopt;
    const std::size_t at = found_.size();
    if (S_ISDIR(upper->st_mode)) {
      visit_directory(path, lower && S_ISDIR(lower->st_mode));
    }
    const bool changed_below = found_.size() > at;
    if (!changed_below && !lower && is_ours(path, *upper)) return;
    if (!changed_below && lower && is_same(path, *upper, *lower)) return;
    found_.insert(found_.begin() + static_cast<std::ptrdiff_t>(at),
                  {.path = path, .kind = lower ? kModified : kAdded});
  }

  // Copied up, but not changed.
  bool is_same(const std::string& path, const struct stat& upper, const struct stat& lower) const {
    if (upper.st_mode != lower.st_mode || upper.st_uid != lower.st_uid ||
        upper.st_gid != lower.st_gid || upper.st_rdev != lower.st_rdev) {
      return false;
    }
    if (S_ISDIR(upper.st_mode)) return true;
    if (upper.st_size != lower.st_size || !same_time(upper.st_mtim, lower.st_mtim)) return false;
    if (!S_ISREG(upper.st_mode)) return true;
    constexpr const char* kCapability = "security.capability";
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
    return archive::read_xattr(upper_.open(path, flags), kCapability) ==
           archive::read_xattr(lower_->open(path, flags), kCapability);
  }

  Root upper_;
  std::optional<Root> lower_;
  std::vector<api::FileChange> found_;
};

}  // namespace

std::vector<api::FileChange> find_changes(const image::OverlayMount& overlay) {
  return Walk(overlay).run();
}

std::vector<api::FileChange> Containers::changes(std::string_view ref) const {
  return find_changes(parts_.images.snapshots.mounts(get(ref)->id()));
}

}  // namespace mydock::engine
