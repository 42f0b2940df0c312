#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>

#include "archive/applier.h"
#include "archive/xattr.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

// As Docker: what a 64-bit count of nanoseconds cannot hold becomes 1970.
timespec bounded(timespec time) {
  constexpr std::int64_t kLast = 9'223'372'036;
  if (time.tv_sec < 0 || time.tv_sec >= kLast) return {};
  return time;
}

std::array<timespec, 2> both_times(const Entry& entry) {
  const timespec time = bounded(entry.mtime);
  return {time, time};
}

// Tries once more after the way was cleared.
template <class Attempt, class ClearWay>
int make_fresh(Attempt&& attempt, ClearWay&& clear_way) {
  int rc = attempt();
  if (rc < 0 && errno == EEXIST) {
    clear_way();
    rc = attempt();
  }
  return rc;
}

Entry renamed(Entry entry, const std::function<std::string(std::string_view)>& rename) {
  entry.name = rename(entry.name);
  if (entry.type == EntryType::hard_link) entry.link_name = rename(entry.link_name);
  return entry;
}

}  // namespace

void Applier::make(const Entry& entry, TarReader& reader, const Target& target) {
  switch (entry.type) {
    case EntryType::file:
      return make_file(entry, reader, target);
    case EntryType::directory:
      return make_directory(entry, target);
    case EntryType::symlink:
      return make_symlink(entry, target);
    case EntryType::hard_link:
      return make_hard_link(entry, target);
    case EntryType::char_device:
    case EntryType::block_device:
    case EntryType::fifo:
      return make_node(entry, target);
  }
}

void Applier::make_top(const Entry& entry) {
  if (entry.type != EntryType::directory) {
    fail(Kind::invalid, "invalid name in the archive: \"{}\" is no directory", entry.name);
  }
  // As Docker: copying into a directory does not change that directory.
  if (options_.whiteouts == WhiteoutMode::literal) return;
  const Fd top = root_.open("", O_RDONLY | O_DIRECTORY);
  set_owner(entry, top);
  set_xattrs(entry, top);
  check(::fchmod(top.get(), entry.mode), "chmod the top");
  defer(entry, "");
}

void Applier::make_file(const Entry& entry, TarReader& reader, const Target& target) {
  const auto create = [&] {
    return ::openat(target.parent.get(), target.base.c_str(),
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  };
  const Fd file(check(make_fresh(create, [&] { clear_way(target, false); }), "create the file"));
  write_content(entry, reader, file);
  // Writing and chown take setuid and capabilities away: they come last.
  set_owner(entry, file);
  set_xattrs(entry, file);
  check(::fchmod(file.get(), entry.mode), "chmod");
  check(::futimens(file.get(), both_times(entry).data()), "set the time");
}

void Applier::write_content(const Entry& entry, TarReader& reader, const Fd& file) {
  while (const auto piece = reader.next_piece()) {
    stats_.bytes += piece->bytes.size();
    if (stats_.bytes > options_.most_bytes) {
      fail(Kind::invalid, "the archive unpacks to more than {} bytes", options_.most_bytes);
    }
    ConstBytes bytes = piece->bytes;
    auto offset = static_cast<off_t>(piece->offset);
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(file.get(), bytes.data(), bytes.size(), offset);
      if (count < 0 && errno == EINTR) continue;
      check(count, "write");
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      offset += count;
    }
    if (options_.stop.stop_requested()) fail(Kind::cancelled, "unpacking was cancelled");
  }
  if (entry.sparse) check(::ftruncate(file.get(), entry.size), "set the size");
}

Owner Applier::owner_of(const Entry& entry) const {
  return options_.owner.value_or(Owner{entry.uid, entry.gid});
}

void Applier::set_owner(const Entry& entry, const Fd& fd) {
  if (!options_.set_owner) return;
  const Owner owner = owner_of(entry);
  check(::fchown(fd.get(), owner.uid, owner.gid), "chown to {}:{}", owner.uid, owner.gid);
}

void Applier::set_owner_of_last(const Entry& entry, const Target& target) {
  if (!options_.set_owner) return;
  const Owner owner = owner_of(entry);
  check(::fchownat(target.parent.get(), target.base.c_str(), owner.uid, owner.gid,
                   AT_SYMLINK_NOFOLLOW),
        "chown to {}:{}", owner.uid, owner.gid);
}

void Applier::set_xattrs(const Entry& entry, const Fd& fd) {
  for (const auto& [name, value] : entry.xattrs) {
    if (!is_kept_xattr(name)) continue;
    check_xattr(name, value);
    if (::fsetxattr(fd.get(), name.c_str(), value.data(), value.size(), 0) == 0) continue;
    if (errno == ENOTSUP || (errno == EPERM && !privileged_)) {
      ++stats_.skipped;
    } else {
      fail_errno("set xattr {}", name);
    }
  }
}

void Applier::make_directory(const Entry& entry, const Target& target) {
  const char* base = target.base.c_str();
  bool replaced = false;
  if (::mkdirat(target.parent.get(), base, 0700) != 0) {
    if (errno != EEXIST) fail_errno("make the directory");
    struct stat status {};
    check(::fstatat(target.parent.get(), base, &status, AT_SYMLINK_NOFOLLOW), "stat");
    if (!S_ISDIR(status.st_mode)) {
      replaced = clear_way(target, true);
      check(::mkdirat(target.parent.get(), base, 0700), "make the directory");
    }
  }
  const Fd made(
      check(::openat(target.parent.get(), base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
            "open the directory"));
  // What was there hid a lower directory of this name, and so must this one.
  if (replaced && options_.whiteouts == WhiteoutMode::overlay) set_opaque(made);
  set_owner(entry, made);
  set_xattrs(entry, made);
  check(::fchmod(made.get(), privileged_ ? entry.mode : entry.mode | 0700U), "chmod");
  defer(entry, target.path);
}

void Applier::make_symlink(const Entry& entry, const Target& target) {
  if (entry.link_name.empty()) fail(Kind::invalid, "a symbolic link without a target");
  const auto create = [&] {
    return ::symlinkat(entry.link_name.c_str(), target.parent.get(), target.base.c_str());
  };
  check(make_fresh(create, [&] { clear_way(target, false); }), "make the symbolic link");
  set_owner_of_last(entry, target);
  check(::utimensat(target.parent.get(), target.base.c_str(), both_times(entry).data(),
                    AT_SYMLINK_NOFOLLOW),
        "set the time");
}

// The inode's attributes stay as its first entry set them.
void Applier::make_hard_link(const Entry& entry, const Target& target) {
  std::string source = path_of(entry.link_name);
  if (source.empty()) fail(Kind::invalid, "a hard link without a target");
  source = below_prefix(std::move(source));
  const Fd& from = existing_parent_of(source);
  const std::string name = source.substr(source.rfind('/') + 1);
  struct stat status {};
  if (::fstatat(from.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    fail_errno("hard link to {}", source);
  }
  if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode)) {
    fail(Kind::invalid, "hard link to {}, which is no file", source);
  }
  struct stat there {};
  if (::fstatat(target.parent.get(), target.base.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
      there.st_dev == status.st_dev && there.st_ino == status.st_ino) {
    return;
  }
  const auto create = [&] {
    return ::linkat(from.get(), name.c_str(), target.parent.get(), target.base.c_str(), 0);
  };
  check(make_fresh(create, [&] { clear_way(target, false); }), "hard link to {}", source);
}

void Applier::make_node(const Entry& entry, const Target& target) {
  const mode_t kind = entry.type == EntryType::fifo          ? S_IFIFO
                      : entry.type == EntryType::char_device ? S_IFCHR
                                                             : S_IFBLK;
  const dev_t device = kind == S_IFIFO ? 0 : makedev(entry.major, entry.minor);
  const auto create = [&] {
    return ::mknodat(target.parent.get(), target.base.c_str(), kind | 0600, device);
  };
  if (make_fresh(create, [&] { clear_way(target, false); }) != 0) {
    if (errno == EPERM && !privileged_) {
      ++stats_.skipped;
      return;
    }
    fail_errno("make the device");
  }
  set_owner_of_last(entry, target);
  check(::fchmodat(target.parent.get(), target.base.c_str(), entry.mode, AT_SYMLINK_NOFOLLOW),
        "chmod");
  check(::utimensat(target.parent.get(), target.base.c_str(), both_times(entry).data(),
                    AT_SYMLINK_NOFOLLOW),
        "set the time");
}

void Applier::finish() {
  for (auto it = deferred_.rbegin(); it != deferred_.rend(); ++it) {
    const auto status = root_.find(it->path);
    if (!status || !S_ISDIR(status->st_mode)) continue;  // replaced by a later entry
    const Fd directory = root_.open(it->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const timespec time = bounded(it->mtime);
    const std::array<timespec, 2> times{time, time};
    check(::futimens(directory.get(), times.data()), "set the time of {}", it->path);
    if (it->mode) check(::fchmod(directory.get(), *it->mode), "chmod {}", it->path);
  }
}

ApplyStats apply_layer(Source& tar, const Fd& directory, const ApplyOptions& options) {
  TarReader reader(tar);
  Applier applier(directory, options);
  while (const Entry* entry = reader.next()) {
    if (options.rename) {
      applier.apply(renamed(*entry, options.rename), reader);
    } else {
      applier.apply(*entry, reader);
    }
  }
  applier.finish();
  reader.drain();
  return applier.stats();
}

}  // namespace mydock::archive
