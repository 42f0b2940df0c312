#include "base/root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <deque>
#include <vector>

#include "base/error.h"

namespace mydock {

namespace {

constexpr int kTries = 128;
constexpr int kMostLinks = 40;  // as the kernel's MAXSYMLINKS

int try_open_in_root(const Fd& root, std::string_view path, int flags, mode_t mode) {
  if (path.find('\0') != std::string_view::npos) fail(Kind::invalid, "a path holds a NUL byte");
  const std::string name(path.empty() ? "." : path);
  struct open_how how {};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  const bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  how.mode = creates ? mode & 07777 : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  for (int i = 0; i < kTries; ++i) {
    const long fd = ::syscall(SYS_openat2, root.get(), name.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) return static_cast<int>(fd);
  }
  return -1;
}

// Without trailing slashes and "/." parts, which would make the kernel follow a last link.
std::string_view trim(std::string_view path) {
  for (;;) {
    if (path.ends_with('/')) {
      path.remove_suffix(1);
    } else if (path == "." || path.ends_with("/.")) {
      path.remove_suffix(1);
    } else {
      return path;
    }
  }
}

struct Split {
  std::string_view parent;
  std::string_view name;
};
Split split(std::string_view path) {
  path = trim(path);
  const std::size_t slash = path.rfind('/');
  Split parts{};
  if (slash == std::string_view::npos) {
    parts.name = path;
  } else {
    parts.parent = slash == 0 ? "/" : path.substr(0, slash);
    parts.name = path.substr(slash + 1);
  }
  if (parts.name == "..") fail(Kind::invalid, "path {} ends in \"..\"", path);
  if (parts.name.find('\0') != std::string_view::npos) {
    fail(Kind::invalid, "a path holds a NUL byte");
  }
  return parts;
}

// The last component not followed; no value: ENOENT or ENOTDIR.
std::optional<Fd> find_last(const Fd& root, std::string_view path) {
  const Split parts = split(path);
  const std::string_view whole = parts.name.empty() ? std::string_view(".") : trim(path);
  const int fd = try_open_in_root(root, whole, O_PATH | O_NOFOLLOW, 0);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  return Fd(check(fd, "open {}", path));
}

std::string read_link_at(const Fd& link, const char* name, std::string_view path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(link.get(), name, target.data(), target.size());
  check(size, "read link {}", path);
  return {target.data(), static_cast<std::size_t>(size)};
}

void push_parts(std::deque<std::string>& todo, std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0 && path.substr(0, slash) != ".") parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  todo.insert(todo.begin(), parts.begin(), parts.end());
}

// The umask took bits away that the caller asked for.
void set_mode(const Fd& parent, const char* name, mode_t mode) {
  const Fd made(check(::openat(parent.get(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                      "open {}", name));
  struct stat status {};
  check(::fstat(made.get(), &status), "stat {}", name);
  if ((status.st_mode & 07777) != mode) check(::fchmod(made.get(), mode), "chmod {}", name);
}

}  // namespace

Fd open_in_root(const Fd& root, std::string_view path, int flags, mode_t mode) {
  return Fd(check(try_open_in_root(root, path, flags, mode), "open {}", path));
}

Root Root::open(const fs::path& directory) {
  return Root(open_file(directory, O_PATH | O_DIRECTORY));
}

Fd Root::open(std::string_view path, int flags, mode_t mode) const {
  return open_in_root(directory_, path, flags, mode);
}

Root::Place Root::locate(std::string_view path) const {
  const Split parts = split(path);
  Fd parent = open_in_root(directory_, parts.parent, O_PATH | O_DIRECTORY);
  return {std::move(parent), parts.name.empty() ? "." : std::string(parts.name)};
}

std::optional<struct stat> Root::find(std::string_view path) const {
  const std::optional<Fd> last = find_last(directory_, path);
  if (!last) return std::nullopt;
  struct stat status {};
  check(::fstat(last->get(), &status), "stat {}", path);
  return status;
}

std::string Root::read_link(std::string_view path) const {
  const std::optional<Fd> last = find_last(directory_, path);
  if (!last) throw_errno(ENOENT, fmt::format("read link {}", path));
  return read_link_at(*last, "", path);
}

std::string Root::real_path(std::string_view path) const {
  std::deque<std::string> todo;
  push_parts(todo, path);
  std::string done;  // holds no link
  int links = 0;
  while (!todo.empty()) {
    const std::string part = std::move(todo.front());
    todo.pop_front();
    if (part == "..") {
      done.erase(std::min(done.rfind('/'), done.size()));
      continue;
    }
    const std::string next = done + "/" + part;
    const Fd here(open_in_root(directory_, next, O_PATH | O_NOFOLLOW));
    struct stat status {};
    check(::fstat(here.get(), &status), "stat {}", next);
    if (!S_ISLNK(status.st_mode)) {
      if (!todo.empty() && !S_ISDIR(status.st_mode)) throw_errno(ENOTDIR, "open " + next);
      done = next;
      continue;
    }
    if (++links > kMostLinks) throw_errno(ELOOP, fmt::format("resolve {}", path));
    const std::string target = read_link_at(here, "", next);
    if (target.starts_with('/')) done.clear();
    push_parts(todo, target);
  }
  return done.empty() ? "/" : done;
}

Fd Root::make_directories(std::string_view path, mode_t mode) const {
  constexpr int kFlags = O_PATH | O_DIRECTORY;
  const int whole = try_open_in_root(directory_, path, kFlags, 0);
  if (whole >= 0) return Fd(whole);
  if (errno != ENOENT) fail_errno("make directory {}", path);
  std::deque<std::string> parts;
  push_parts(parts, path);
  Fd parent = open_in_root(directory_, "", kFlags);
  std::string prefix;
  for (const std::string& part : parts) {
    prefix += "/" + part;
    int next = try_open_in_root(directory_, prefix, kFlags, 0);
    if (next < 0 && errno == ENOENT) {
      if (::mkdirat(parent.get(), part.c_str(), mode) == 0) {
        set_mode(parent, part.c_str(), mode);
      } else if (errno != EEXIST) {
        fail_errno("make directory {}", prefix);
      }
      next = try_open_in_root(directory_, prefix, kFlags, 0);
    }
    parent = Fd(check(next, "make directory {}", prefix));
  }
  return parent;
}

Fd Root::create_file(std::string_view path, mode_t mode) const {
  const Place place = locate(path);
  const int fd = ::openat(place.parent.get(), place.name.c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  return Fd(check(fd, "create {}", path));
}

}  // namespace mydock
