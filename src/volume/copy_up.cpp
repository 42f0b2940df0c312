#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <map>
#include <memory>
#include <utility>

#include "base/error.h"
#include "volume/volumes.h"

namespace mydock::volume {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

std::vector<std::string> list(const Fd& directory) {
  Fd own(check(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
               "open a directory"));
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(own.get()));
  if (!stream) fail_errno("list a directory");
  static_cast<void>(own.release());  // the stream closes it
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

// What the kernel gives a file by its content or place stays behind: overlayfs's own marks, SELinux
// labels of another tree.
bool is_copied(std::string_view name) {
  return name.starts_with("user.") || name == "security.capability" ||
         name.starts_with("system.posix_acl_");
}

void copy_xattrs(const Fd& from, const Fd& to) {
  std::array<char, 65536> names{};
  const ssize_t size = ::flistxattr(from.get(), names.data(), names.size());
  if (size < 0 && errno == ENOTSUP) return;
  check(size, "list xattrs");
  std::string_view left(names.data(), static_cast<std::size_t>(size));
  std::vector<char> value(XATTR_SIZE_MAX);
  while (!left.empty()) {
    const std::string name(left.substr(0, left.find('\0')));
    left.remove_prefix(std::min(name.size() + 1, left.size()));
    if (!is_copied(name)) continue;
    const ssize_t length =
        check(::fgetxattr(from.get(), name.c_str(), value.data(), value.size()), "read {}", name);
    const int rc =
        ::fsetxattr(to.get(), name.c_str(), value.data(), static_cast<std::size_t>(length), 0);
    if (rc != 0 && errno != ENOTSUP) fail_errno("write {}", name);
  }
}

// Owner first: chown(2) clears the set-id bits and security.capability.
void copy_attributes(const struct stat& status, const Fd& from, const Fd& to) {
  check(::fchown(to.get(), status.st_uid, status.st_gid), "change an owner");
  check(::fchmod(to.get(), status.st_mode & 07777), "change a mode");
  copy_xattrs(from, to);
  const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
  check(::futimens(to.get(), times.data()), "set times");
}

void copy_bytes(const Fd& from, const Fd& to) {
  while (true) {
    const ssize_t moved = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, SSIZE_MAX, 0);
    if (moved == 0) return;
    if (moved > 0) continue;
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
      fail_errno("copy a file");
    }
    break;
  }
  std::vector<std::byte> buffer(std::size_t{128} << 10);
  while (const std::size_t size = read_some(from, buffer)) {
    write_all(to, ConstBytes(buffer).first(size));
  }
}

class Copier {
 public:
  Copier(Fd from, Fd to) : from_(std::move(from)), to_(std::move(to)) {}

  // Needs neither stack nor descriptors for a deep tree, and of each level only the names that are
  // still to be copied.
  void run() {
    std::vector<Level> levels;
    std::string path = ".";
    levels.push_back({path.size(), copy_directory(path)});
    while (!levels.empty()) {
      Level& level = levels.back();
      path.resize(level.length);
      if (level.left.empty()) {
        finish_directory(path);  // last: each new entry changed its time
        levels.pop_back();
        continue;
      }
      path += '/' + level.left.back();
      level.left.pop_back();
      levels.push_back({path.size(), copy_directory(path)});
    }
  }

 private:
  struct Level {
    std::size_t length;             // of its path
    std::vector<std::string> left;  // directories in it, made and to be filled
  };

  std::vector<std::string> copy_directory(const std::string& path) {
    const Fd from = open_in_root(from_, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const Fd to = open_in_root(to_, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    std::vector<std::string> directories;
    for (const std::string& name : list(from)) {
      const std::string child = path + '/' + name;
      if (in_context("copy " + child, [&] { return copy_entry(from, to, name, child); })) {
        directories.push_back(name);
      }
    }
    return directories;
  }

  // True: it is a directory, made and to be filled.
  bool copy_entry(const Fd& from, const Fd& to, const std::string& name, const std::string& path) {
    struct stat status {};
    check(::fstatat(from.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW), "stat");
    if (S_ISDIR(status.st_mode)) {
      check(::mkdirat(to.get(), name.c_str(), 0700), "make a directory");
      return true;
    }
    if (status.st_nlink > 1 && link_to_copy(status, to, name, path)) return false;
    if (S_ISREG(status.st_mode)) {
      copy_file(from, to, name, status);
    } else if (S_ISLNK(status.st_mode)) {
      copy_link(from, to, name, status);
    } else {
      check(::mknodat(to.get(), name.c_str(), status.st_mode, status.st_rdev), "make a node");
      check(::fchownat(to.get(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW),
            "change an owner");
      check(::fchmodat(to.get(), name.c_str(), status.st_mode & 07777, AT_SYMLINK_NOFOLLOW),
            "change a mode");
      set_times(to, name, status);
    }
    return false;
  }

  // Another name of a file that is copied already. False: it is the first one.
  bool link_to_copy(const struct stat& status, const Fd& to, const std::string& name,
                    const std::string& path) {
    const auto [known, fresh] = links_.try_emplace({status.st_dev, status.st_ino}, path);
    if (fresh) return false;
    // By descriptor: whoever shares the volume may have put a link to the host on the way.
    const Fd first = open_in_root(to_, known->second, O_PATH | O_NOFOLLOW);
    check(::linkat(first.get(), "", to.get(), name.c_str(), AT_EMPTY_PATH), "link");
    return true;
  }

  static void copy_file(const Fd& from, const Fd& to, const std::string& name,
                        const struct stat& status) {
    const Fd source(
        check(::openat(from.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
              "open"));
    const Fd target(check(::openat(to.get(), name.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600),
                          "make"));
    copy_bytes(source, target);
    copy_attributes(status, source, target);
  }

  static void copy_link(const Fd& from, const Fd& to, const std::string& name,
                        const struct stat& status) {
    std::array<char, PATH_MAX> target{};
    check(::readlinkat(from.get(), name.c_str(), target.data(), target.size() - 1), "read link");
    check(::symlinkat(target.data(), to.get(), name.c_str()), "make a link");
    check(::fchownat(to.get(), name.c_str(), status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW),
          "change an owner");
    set_times(to, name, status);
  }

  static void set_times(const Fd& to, const std::string& name, const struct stat& status) {
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    check(::utimensat(to.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW), "set times");
  }

  void finish_directory(const std::string& path) const {
    const Fd from = open_in_root(from_, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const Fd to = open_in_root(to_, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    struct stat status {};
    check(::fstat(from.get(), &status), "stat {}", path);
    in_context("copy " + path, [&] { copy_attributes(status, from, to); });
  }

  Fd from_;
  Fd to_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
};

// The path of the directory that `path` leads to, links followed inside the image; no value: none.
std::optional<std::string> find_directory(const Root& image, std::string path) {
  constexpr int kMostLinks = 40;  // as the kernel's MAXSYMLINKS
  for (int i = 0; i < kMostLinks; ++i) {
    const auto status = image.find(path);
    if (!status) return std::nullopt;
    if (S_ISDIR(status->st_mode)) return path;
    if (!S_ISLNK(status->st_mode)) return std::nullopt;
    const std::string target = image.read_link(path);
    path = fs::path(path).parent_path() / target;  // an absolute target stands alone
  }
  return std::nullopt;
}

}  // namespace

bool copy_up(const Root& image, std::string_view path, const fs::path& volume) {
  const auto directory = find_directory(image, std::string(path));
  if (!directory) return false;
  Fd to = open_file(volume, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!list(to).empty()) return false;
  return in_context(fmt::format("copy {} of the image into {}", path, volume.native()), [&] {
    Copier(image.open(*directory, O_RDONLY | O_DIRECTORY), std::move(to)).run();
    return true;
  });
}

}  // namespace mydock::volume
