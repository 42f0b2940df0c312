#include "archive/diff.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "archive/directory.h"
#include "archive/tar_writer.h"
#include "archive/whiteout.h"
#include "archive/xattr.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

constexpr std::size_t kBuffer = std::size_t{256} << 10;
constexpr std::size_t kMostNameBytes = std::size_t{32} << 20;
// File systems whose files are the kernel's own.
constexpr std::array<__fsword_t, 8> kKernelMagics{
    PROC_SUPER_MAGIC,   SYSFS_MAGIC,   CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
    DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,      0x19800202 /* mqueue */};

// Headers are small and many.
class Buffered final : public Sink {
 public:
  using Sink::write;
  explicit Buffered(Sink& to) : to_(to), buffer_(kBuffer) {}

  void write(ConstBytes bytes) override {
    if (bytes.size() > buffer_.size() - used_) flush();
    if (bytes.size() >= buffer_.size()) {
      to_.write(bytes);
      return;
    }
    std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }
  void flush() {
    if (used_ > 0) to_.write(ConstBytes(buffer_).first(std::exchange(used_, 0)));
  }

 private:
  Sink& to_;
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;
};

std::string joined(std::string_view above, std::string_view name) {
  if (above.empty()) return std::string(name);
  return fmt::format("{}{}{}", above, above.ends_with('/') ? "" : "/", name);
}

bool has_xattr(const Fd& fd, const char* name) {
  return ::fgetxattr(fd.get(), name, nullptr, 0) >= 0;
}

EntryType type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return EntryType::directory;
    case S_IFLNK:
      return EntryType::symlink;
    case S_IFCHR:
      return EntryType::char_device;
    case S_IFBLK:
      return EntryType::block_device;
    case S_IFIFO:
      return EntryType::fifo;
    default:
      return EntryType::file;
  }
}

Entry entry_of(const struct stat& status, std::string name) {
  Entry entry;
  entry.name = std::move(name);
  entry.type = type_of(status.st_mode);
  if (entry.type == EntryType::directory && !entry.name.ends_with('/')) entry.name += '/';
  entry.mode = status.st_mode & 07777;
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.mtime = status.st_mtim;
  if (entry.type == EntryType::file) entry.size = status.st_size;
  if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
    entry.major = major(status.st_rdev);
    entry.minor = minor(status.st_rdev);
  }
  return entry;
}

// Every directory's members are written together, sorted, before what is below them: so one
// directory is open at a time, however deep the tree.
class TreeWriter {
 public:
  TreeWriter(Sink& to, bool overlay, const std::stop_token& stop)
      : buffered_(to), tar_(buffered_), overlay_(overlay), stop_(stop), data_(kBuffer) {}

  // Everything below `top`, named below `prefix`.
  void write_below(const Fd& top, const std::string& prefix,
                   const std::function<bool(std::string_view)>& leave_out = {}) {
    const Root root(top.duplicate());
    std::string path;
    std::vector<Level> levels;
    levels.push_back({0, write_directory(root, path, prefix, leave_out)});
    while (!levels.empty()) {
      Level& level = levels.back();
      path.resize(level.length);
      if (level.left.empty()) {
        levels.pop_back();
        continue;
      }
      path = joined(path, level.left.back());
      level.left.pop_back();
      levels.push_back({path.size(), write_directory(root, path, prefix, leave_out)});
    }
  }

  // One entry. False: it vanished, or is a socket.
  bool write_item(const Fd& parent, const std::string& base, const std::string& name) {
    if (stop_.stop_requested()) fail(Kind::cancelled, "writing the archive was cancelled");
    struct stat status {};
    if (::fstatat(parent.get(), base.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return false;
      fail_errno("stat {}", name);
    }
    if (S_ISSOCK(status.st_mode)) return false;
    if (overlay_ && S_ISCHR(status.st_mode) && status.st_rdev == 0) {
      write_whiteout(status, name);
      return true;
    }
    Entry entry = entry_of(status, name);
    if (!S_ISDIR(status.st_mode) && status.st_nlink > 1 && is_link_to_earlier(status, entry)) {
      return true;
    }
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
      return write_opened(parent, base, std::move(entry));
    }
    if (S_ISLNK(status.st_mode)) {
      std::array<char, PATH_MAX> target{};
      const ssize_t size = ::readlinkat(parent.get(), base.c_str(), target.data(), target.size());
      if (size < 0) return false;
      entry.link_name.assign(target.data(), static_cast<std::size_t>(size));
    }
    tar_.add(entry);
    return true;
  }

  void finish() {
    tar_.finish();
    buffered_.flush();
  }

 private:
  // /proc, /sys and the like of a running container are no files of anybody's.
  bool shows_kernel(const Fd& directory) {
    struct stat status {};
    check(::fstat(directory.get(), &status), "stat a directory");
    if (known_device_ && *known_device_ == status.st_dev) return known_is_kernel_;
    struct statfs system {};
    check(::fstatfs(directory.get(), &system), "stat a file system");
    known_device_ = status.st_dev;
    known_is_kernel_ = std::ranges::find(kKernelMagics, system.f_type) != kKernelMagics.end();
    return known_is_kernel_;
  }

  // Of each level only the names that are still to be written are held, not their whole paths.
  struct Level {
    std::size_t length;             // of its path
    std::vector<std::string> left;  // directories in it, the next one last
  };

  std::vector<std::string> write_directory(const Root& root, const std::string& path,
                                           const std::string& prefix,
                                           const std::function<bool(std::string_view)>& leave_out) {
    const auto status = root.find(path);
    if (!status || !S_ISDIR(status->st_mode)) return {};  // it vanished meanwhile
    const Fd directory = root.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (shows_kernel(directory)) return {};
    mark_opaque(directory, joined(prefix, path));
    std::vector<std::string> below;
    for (const DirectoryItem& item : list_directory(directory)) {
      const std::string child = joined(path, item.name);
      if (leave_out && leave_out(child)) continue;
      write_item(directory, item.name, joined(prefix, child));
      if (item.is_directory) below.push_back(item.name);
    }
    std::reverse(below.begin(), below.end());
    return below;
  }

  bool is_link_to_earlier(const struct stat& status, Entry& entry) {
    const std::pair file(status.st_dev, status.st_ino);
    const auto known = first_names_.find(file);
    if (known == first_names_.end()) {
      // Of what does not fit, each name is written as a file of its own.
      if (first_names_bytes_ + entry.name.size() > kMostNameBytes) return false;
      first_names_bytes_ += entry.name.size();
      first_names_.emplace(file, entry.name);
      return false;
    }
    entry.type = EntryType::hard_link;
    entry.link_name = known->second;
    tar_.add(entry);
    return true;
  }

  // It may be something else by now: to open a device or a pipe would already do something.
  bool write_opened(const Fd& parent, const std::string& base, Entry entry) {
    const Fd place(::openat(parent.get(), base.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!place) {
      if (errno == ENOENT || errno == ESTALE || errno == ESRCH) return false;
      fail_errno("open {}", entry.name);
    }
    struct stat status {};
    check(::fstat(place.get(), &status), "stat {}", entry.name);
    const bool directory = S_ISDIR(status.st_mode);
    if (!directory && !S_ISREG(status.st_mode)) return false;
    if (directory != (entry.type == EntryType::directory)) return false;
    const Fd file = open_file(fmt::format("/proc/self/fd/{}", place.get()), O_RDONLY | O_NONBLOCK);
    if (overlay_ && has_overlay_mark(file, entry, status)) return true;
    entry.size = directory ? 0 : status.st_size;
    entry.xattrs = read_xattrs(file);
    tar_.add(entry);
    if (!directory) write_data(file, entry);
    return true;
  }

  // True: it is a whiteout that is an xattr (Linux 6.7), and is written.
  bool has_overlay_mark(const Fd& file, const Entry& entry, const struct stat& status) {
    if (entry.type == EntryType::directory) {
      if (!has_xattr(file, "trusted.overlay.redirect")) return false;
    } else if (status.st_size == 0 && has_xattr(file, "trusted.overlay.whiteout")) {
      write_whiteout(status, entry.name);
      return true;
    } else if (!has_xattr(file, "trusted.overlay.metacopy")) {
      return false;
    }
    fail(Kind::not_implemented, "{}: the overlay was mounted with redirect_dir or metacopy",
         entry.name);
  }

  void write_data(const Fd& file, const Entry& entry) {
    auto left = static_cast<std::size_t>(entry.size);
    while (left > 0) {
      const std::size_t count = read_some(file, Bytes(data_).first(std::min(left, data_.size())));
      if (count == 0) break;
      tar_.write(ConstBytes(data_).first(count));
      left -= count;
      if (stop_.stop_requested()) fail(Kind::cancelled, "writing the archive was cancelled");
    }
    // It shrank while it was read.
    if (left > 0) std::fill(data_.begin(), data_.end(), std::byte{0});
    while (left > 0) {
      const std::size_t count = std::min(left, data_.size());
      tar_.write(ConstBytes(data_).first(count));
      left -= count;
    }
  }

  void write_mark(const struct stat& status, std::string name) {
    Entry entry;
    entry.name = std::move(name);
    entry.mode = 0;
    entry.mtime = status.st_mtim;
    tar_.add(entry);
  }

  void write_whiteout(const struct stat& status, std::string_view name) {
    const std::size_t base = name.rfind('/') + 1;
    write_mark(status,
               fmt::format("{}{}{}", name.substr(0, base), kWhiteoutPrefix, name.substr(base)));
  }

  void mark_opaque(const Fd& directory, const std::string& name) {
    if (!overlay_ || !is_opaque(directory)) return;
    struct stat status {};
    check(::fstat(directory.get(), &status), "stat {}", name);
    write_mark(status, joined(name, kOpaqueName));
  }

  Buffered buffered_;
  TarWriter tar_;
  bool overlay_;
  std::stop_token stop_;
  std::vector<std::byte> data_;
  std::optional<dev_t> known_device_;
  bool known_is_kernel_ = false;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
  std::size_t first_names_bytes_ = 0;
};

}  // namespace

void write_tree(const Fd& root, Sink& tar, const TreeOptions& options) {
  TreeWriter writer(tar, false, options.stop);
  if (options.with_top) {
    writer.write_item(root, ".", options.prefix.empty() ? "." : options.prefix);
  }
  writer.write_below(root, options.prefix, options.leave_out);
  writer.finish();
}

void write_paths(const Root& root, std::span<const NamedPath> paths, Sink& tar,
                 const std::stop_token& stop) {
  TreeWriter writer(tar, false, stop);
  for (const NamedPath& item : paths) {
    const bool follow = item.path.ends_with('/') || item.path.ends_with("/.");
    if (!follow) {
      const Root::Place place = root.locate(item.path);
      if (!writer.write_item(place.parent, place.name, item.name)) {
        throw_errno(ENOENT, fmt::format("open {}", item.path));
      }
      const auto status = root.find(item.path);
      if (!status || !S_ISDIR(status->st_mode)) continue;
    }
    const Fd top = root.open(item.path, O_RDONLY | O_DIRECTORY | (follow ? 0 : O_NOFOLLOW));
    if (follow) writer.write_item(top, ".", item.name);
    writer.write_below(top, item.name);
  }
  writer.finish();
}

void write_layer_diff(const Fd& upper, Sink& tar, const std::stop_token& stop,
                      const std::function<bool(std::string_view path)>& leave_out) {
  TreeWriter writer(tar, true, stop);
  writer.write_below(upper, "", leave_out);
  writer.finish();
}

}  // namespace mydock::archive
