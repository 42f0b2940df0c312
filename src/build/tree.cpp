#include "build/tree.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "archive/directory.h"
#include "archive/xattr.h"
#include "base/error.h"

namespace mydock::build {

namespace {

constexpr int kDeepest = 400;  // two descriptors a level

struct stat status_at(const Fd& directory, const std::string& name) {
  struct stat status {};
  check(::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW), "stat {}", name);
  return status;
}

Fd open_below(const Fd& directory, const std::string& name, int flags, mode_t mode = 0) {
  return Fd(check(::openat(directory.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode),
                  "open {}", name));
}

std::string link_at(const Fd& directory, const std::string& name) {
  std::string target(4096, '\0');
  const ssize_t size =
      check(::readlinkat(directory.get(), name.c_str(), target.data(), target.size()),
            "read link {}", name);
  target.resize(static_cast<std::size_t>(size));
  return target;
}

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "/" + name;
}

void check_stop(const std::stop_token& stop) {
  if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
}

void copy_data(const Fd& from, const Fd& to, const std::stop_token& stop) {
  constexpr std::size_t kPiece = std::size_t{8} << 20;
  for (;;) {
    check_stop(stop);
    const ssize_t moved = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, kPiece, 0);
    if (moved == 0) return;
    if (moved > 0 || errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS) {
      fail_errno("copy");
    }
    break;
  }
  std::vector<std::byte> buffer(std::size_t{128} << 10);
  for (;;) {
    check_stop(stop);
    const std::size_t size = read_some(from, buffer);
    if (size == 0) return;
    write_all(to, ConstBytes(buffer).first(size));
  }
}

class Deeper {
 public:
  explicit Deeper(int& depth) : depth_(depth) {
    if (++depth_ > kDeepest)
      fail(Kind::invalid, "the tree is deeper than {} directories", kDeepest);
  }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  int& depth_;
};

}  // namespace

void remove_at(const Fd& directory, const std::string& name) {
  if (::unlinkat(directory.get(), name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno != EISDIR) fail_errno("remove {}", name);
  const Fd inside = open_below(directory, name, O_RDONLY | O_DIRECTORY);
  for (const auto& item : archive::list_directory(inside)) remove_at(inside, item.name);
  check(::unlinkat(directory.get(), name.c_str(), AT_REMOVEDIR), "remove {}", name);
}

FileOwner TreeCopier::owner_of(const struct stat& status) const {
  return changes_.owner.value_or(FileOwner{status.st_uid, status.st_gid});
}

mode_t TreeCopier::mode_of(const struct stat& status) const {
  const mode_t mode = status.st_mode & 07777;
  return changes_.mode ? changes_.mode->apply(mode, S_ISDIR(status.st_mode)) : mode;
}

// Owner first: it takes setuid and capabilities away.
void TreeCopier::set_attributes(const Fd& fd, const Fd& source, const struct stat& status) {
  const FileOwner owner = owner_of(status);
  check(::fchown(fd.get(), owner.uid, owner.gid), "change the owner of a copy");
  check(::fchmod(fd.get(), mode_of(status)), "change the mode of a copy");
  for (const auto& [name, value] : archive::read_xattrs(source)) {
    if (::fsetxattr(fd.get(), name.c_str(), value.data(), value.size(), 0) != 0 &&
        errno != ENOTSUP) {
      fail_errno("set xattr {} of a copy", name);
    }
  }
  const std::array<timespec, 2> times{status.st_mtim, status.st_mtim};
  check(::futimens(fd.get(), times.data()), "set the time of a copy");
}

void TreeCopier::copy(const Fd& from, const std::string& name, const Fd& to,
                      const std::string& as) {
  copy_one(from, name, to, as, "");
}

void TreeCopier::copy_contents(const Fd& from, const Fd& to) { copy_below(from, to, ""); }

void TreeCopier::copy_below(const Fd& from, const Fd& to, const std::string& path) {
  const Deeper deeper(depth_);
  for (const auto& item : archive::list_directory(from)) {
    const std::string below = joined(path, item.name);
    if (!changes_.leave_out.empty() && changes_.leave_out.ignores(below)) {
      if (!item.is_directory || !changes_.leave_out.must_enter(below)) continue;
    }
    copy_one(from, item.name, to, item.name, below);
  }
}

void TreeCopier::copy_one(const Fd& from, const std::string& name, const Fd& to,
                          const std::string& as, const std::string& path) {
  check_stop(stop_);
  const struct stat status = status_at(from, name);
  const Item item{from, name, to, as, status, path};
  if (S_ISDIR(status.st_mode)) return copy_directory(item);
  if (S_ISSOCK(status.st_mode)) return;
  remove_at(to, as);
  if (link_again(item)) return;
  if (S_ISREG(status.st_mode)) {
    copy_file(item);
  } else if (S_ISLNK(status.st_mode)) {
    copy_symlink(item);
  } else {
    copy_node(item);
  }
  if (status.st_nlink > 1) {
    linked_[{status.st_dev, status.st_ino}] = {to.duplicate(), as};
  }
}

bool TreeCopier::link_again(const Item& item) {
  if (item.status.st_nlink < 2) return false;
  const auto made = linked_.find({item.status.st_dev, item.status.st_ino});
  if (made == linked_.end()) return false;
  check(::linkat(made->second.directory.get(), made->second.name.c_str(), item.to.get(),
                 item.as.c_str(), 0),
        "link {}", item.as);
  return true;
}

void TreeCopier::copy_directory(const Item& item) {
  struct stat there {};
  const bool found = ::fstatat(item.to.get(), item.as.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  if (found && !S_ISDIR(there.st_mode)) remove_at(item.to, item.as);
  if (!found || !S_ISDIR(there.st_mode)) {
    check(::mkdirat(item.to.get(), item.as.c_str(), 0700), "mkdir {}", item.as);
  }
  const Fd source = open_below(item.from, item.name, O_RDONLY | O_DIRECTORY);
  const Fd copy = open_below(item.to, item.as, O_RDONLY | O_DIRECTORY);
  copy_below(source, copy, item.path);
  set_attributes(copy, source, item.status);
}

void TreeCopier::copy_file(const Item& item) {
  const Fd source = open_below(item.from, item.name, O_RDONLY);
  const Fd copy = open_below(item.to, item.as, O_WRONLY | O_CREAT | O_EXCL, 0600);
  copy_data(source, copy, stop_);
  set_attributes(copy, source, item.status);
}

void TreeCopier::copy_symlink(const Item& item) {
  const std::string target = link_at(item.from, item.name);
  const FileOwner owner = owner_of(item.status);
  const std::array<timespec, 2> times{item.status.st_mtim, item.status.st_mtim};
  check(::symlinkat(target.c_str(), item.to.get(), item.as.c_str()), "symlink {}", item.as);
  check(::fchownat(item.to.get(), item.as.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW),
        "change the owner of {}", item.as);
  check(::utimensat(item.to.get(), item.as.c_str(), times.data(), AT_SYMLINK_NOFOLLOW),
        "set the time of {}", item.as);
}

void TreeCopier::copy_node(const Item& item) {
  const FileOwner owner = owner_of(item.status);
  const std::array<timespec, 2> times{item.status.st_mtim, item.status.st_mtim};
  check(::mknodat(item.to.get(), item.as.c_str(), (item.status.st_mode & S_IFMT) | 0600,
                  item.status.st_rdev),
        "mknod {}", item.as);
  check(::fchownat(item.to.get(), item.as.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW),
        "change the owner of {}", item.as);
  check(::fchmodat(item.to.get(), item.as.c_str(), mode_of(item.status), 0),
        "change the mode of {}", item.as);
  check(::utimensat(item.to.get(), item.as.c_str(), times.data(), AT_SYMLINK_NOFOLLOW),
        "set the time of {}", item.as);
}

namespace {

class TreeHasher {
 public:
  TreeHasher(const TreeChanges& changes, oci::Hasher& hasher, const std::stop_token& stop)
      : changes_(changes), hasher_(hasher), stop_(stop) {}

  void add(const Fd& from, const std::string& name, const std::string& path) {
    check_stop(stop_);
    const struct stat status = status_at(from, name);
    const FileOwner owner = changes_.owner.value_or(FileOwner{status.st_uid, status.st_gid});
    mode_t mode = status.st_mode & 07777;
    if (changes_.mode) mode = changes_.mode->apply(mode, S_ISDIR(status.st_mode));
    text(path);
    text(fmt::format("{:o} {:o} {} {} {} {}", status.st_mode & S_IFMT, mode, owner.uid, owner.gid,
                     S_ISREG(status.st_mode) ? status.st_size : 0,
                     S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode) ? status.st_rdev : 0));
    if (S_ISLNK(status.st_mode)) text(link_at(from, name));
    if (S_ISREG(status.st_mode)) content(open_below(from, name, O_RDONLY));
    if (S_ISDIR(status.st_mode)) below(open_below(from, name, O_RDONLY | O_DIRECTORY), path);
  }

 private:
  void text(std::string_view value) {  // with its length: two texts never run together
    const std::string head = std::to_string(value.size()) + ":";
    hasher_.add(as_bytes(head));
    hasher_.add(as_bytes(value));
  }
  void xattrs(const Fd& fd) {
    for (const auto& [name, value] : archive::read_xattrs(fd)) {
      text(name);
      text(value);
    }
  }
  void content(const Fd& file) {
    xattrs(file);
    buffer_.resize(std::size_t{256} << 10);
    for (std::size_t size = 0; (size = read_some(file, buffer_)) > 0;) {
      check_stop(stop_);
      hasher_.add(ConstBytes(buffer_).first(size));
    }
  }
  void below(const Fd& directory, const std::string& path) {
    const Deeper deeper(depth_);
    xattrs(directory);
    for (const auto& item : archive::list_directory(directory)) {
      const std::string inner = joined(path, item.name);
      if (!changes_.leave_out.empty() && changes_.leave_out.ignores(inner)) {
        if (!item.is_directory || !changes_.leave_out.must_enter(inner)) continue;
      }
      add(directory, item.name, inner);
    }
    text("/");  // the directory's end
  }

  const TreeChanges& changes_;
  oci::Hasher& hasher_;
  const std::stop_token& stop_;
  std::vector<std::byte> buffer_;
  int depth_ = 0;
};

}  // namespace

void hash_tree(const Fd& from, const std::string& name, const TreeChanges& changes,
               oci::Hasher& hasher, const std::stop_token& stop) {
  TreeHasher(changes, hasher, stop).add(from, name, "");
}

}  // namespace mydock::build
