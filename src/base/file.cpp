#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"

namespace mydock {

std::string read_file(const fs::path& path, std::size_t limit) {
  const Fd file = open_file(path, O_RDONLY);
  return in_context("read " + path.native(), [&] { return read_to_end(file, limit); });
}

std::optional<std::string> find_file(const fs::path& path, std::size_t limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  const Fd file(check(fd, "open {}", path.native()));
  return in_context("read " + path.native(), [&] { return read_to_end(file, limit); });
}

void write_file_atomically(const fs::path& path, std::string_view contents, mode_t mode,
                           Durability durability) {
  const fs::path temporary =
      path.parent_path() / fmt::format(".{}.{}", path.filename().native(), random_hex(8));
  try {
    const Fd file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    write_all(file, contents);
    check(::fchmod(file.get(), mode), "chmod {}", temporary.native());
    if (durability == Durability::synced) check(::fsync(file.get()), "sync {}", temporary.native());
    check(::rename(temporary.c_str(), path.c_str()), "rename {} to {}", temporary.native(),
          path.native());
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (durability == Durability::synced) sync_directory(path.parent_path());
}

void write_kernel_file(const fs::path& path, std::string_view contents) {
  const Fd file = open_file(path, O_WRONLY);
  const ssize_t count = ::write(file.get(), contents.data(), contents.size());
  check(count, "write \"{}\" to {}", contents, path.native());
}

void sync_directory(const fs::path& path) {
  const Fd directory = open_file(path.empty() ? fs::path(".") : path, O_RDONLY | O_DIRECTORY);
  check(::fsync(directory.get()), "sync {}", path.native());
}

void make_directories(const fs::path& path, mode_t mode) {
  if (path.empty() || path == "/") return;
  if (::mkdir(path.c_str(), mode) == 0) {
    check(::chmod(path.c_str(), mode), "chmod {}", path.native());
    return;
  }
  if (errno == ENOENT) {
    make_directories(path.parent_path(), mode);
    if (::mkdir(path.c_str(), mode) == 0) {
      check(::chmod(path.c_str(), mode), "chmod {}", path.native());
      return;
    }
  }
  if (errno != EEXIST) fail_errno("make directory {}", path.native());
  struct stat status {};
  check(::stat(path.c_str(), &status), "stat {}", path.native());
  if (!S_ISDIR(status.st_mode)) throw_errno(ENOTDIR, "make directory " + path.native());
}

namespace {

class Directory {
 public:
  explicit Directory(Fd fd) : stream_(::fdopendir(fd.get())) {
    if (stream_ == nullptr) fail_errno("read a directory");
    static_cast<void>(fd.release());  // the stream owns it now
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { ::closedir(stream_); }

  int fd() const { return ::dirfd(stream_); }
  const dirent* next() {
    while (const dirent* entry = ::readdir(stream_)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") return entry;
    }
    return nullptr;
  }

 private:
  DIR* stream_;
};

int open_directory_at(int parent, const char* name) {
  return ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Empties the directory of everything that can be unlinked now; each sub-directory that is not
// empty is first moved up into `top` under a fresh name, so that depth costs neither stack nor
// descriptors.
void flatten(int top, int directory, bool is_top, dev_t device, int& first_error) {
  Directory entries{Fd(directory)};
  while (const dirent* entry = entries.next()) {
    if (::unlinkat(entries.fd(), entry->d_name, 0) == 0) continue;
    if (errno != EISDIR && errno != EPERM) {
      if (errno != ENOENT && first_error == 0) first_error = errno;
      continue;
    }
    if (::unlinkat(entries.fd(), entry->d_name, AT_REMOVEDIR) == 0 || is_top) continue;
    struct stat status {};
    if (::fstatat(entries.fd(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (status.st_dev != device) {
      if (first_error == 0) first_error = EXDEV;
      continue;
    }
    if (::renameat(entries.fd(), entry->d_name, top, (".rm-" + random_hex(8)).c_str()) != 0 &&
        first_error == 0) {
      first_error = errno;
    }
  }
}

// One round over the sub-directories of `top`. True if something may be left.
bool sweep(int top, dev_t device, int& first_error) {
  bool left = false;
  Directory entries{Fd(check(open_directory_at(top, "."), "open a directory"))};
  while (const dirent* entry = entries.next()) {
    const Fd child(open_directory_at(top, entry->d_name));
    if (!child) continue;
    struct stat status {};
    if (::fstat(child.get(), &status) != 0 || status.st_dev != device) {
      if (first_error == 0) first_error = EXDEV;
      continue;
    }
    flatten(top, child.duplicate().release(), false, device, first_error);
    left = true;  // what flatten moved up may be missing from this listing
    if (::unlinkat(top, entry->d_name, AT_REMOVEDIR) != 0 && errno != ENOTEMPTY &&
        errno != ENOENT && first_error == 0) {
      first_error = errno;
    }
  }
  return left;
}

}  // namespace

void remove_tree(const fs::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return;
  const Fd top(open_directory_at(AT_FDCWD, path.c_str()));
  if (!top) fail_errno("remove {}", path.native());
  struct stat status {};
  check(::fstat(top.get(), &status), "stat {}", path.native());
  int first_error = 0;
  flatten(top.get(), top.duplicate().release(), true, status.st_dev, first_error);
  while (first_error == 0 && sweep(top.get(), status.st_dev, first_error)) {
  }
  if (first_error != 0) throw_errno(first_error, "remove " + path.native());
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) fail_errno("remove {}", path.native());
}

StagedDirectory::StagedDirectory(const fs::path& staging_root, fs::path final_path)
    : path_(staging_root / random_hex(16)), final_path_(std::move(final_path)) {
  check(::mkdir(path_.c_str(), 0700), "make directory {}", path_.native());
}

StagedDirectory::StagedDirectory(StagedDirectory&& other) noexcept
    : path_(std::move(other.path_)), final_path_(std::move(other.final_path_)) {
  other.path_.clear();
}

StagedDirectory::~StagedDirectory() {
  if (path_.empty()) return;
  try {
    remove_tree(path_);
  } catch (const Error& error) {
    log::warn("staging {}: {}; left for the next start", path_.native(), error.what());
  }
}

void StagedDirectory::commit() {
  check(::rename(path_.c_str(), final_path_.c_str()), "rename {} to {}", path_.native(),
        final_path_.native());
  path_.clear();
  sync_directory(final_path_.parent_path());
}

}  // namespace mydock
