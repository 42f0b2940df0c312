#include "runtime/init/kernel_files.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"

namespace mydock::runtime::init {
namespace {

// The descriptor, or -1 with errno.
int try_open(const Fd& directory, std::string_view path, int flags, std::uint64_t resolve) {
  const std::string name(path);
  struct open_how how {};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_NO_MAGICLINKS | resolve;
  constexpr int kTries = 128;  // EAGAIN: the kernel saw a rename race
  for (int i = 1;; ++i) {
    const long fd = ::syscall(SYS_openat2, directory.get(), name.c_str(), &how, sizeof how);
    if (fd < 0 && errno == EAGAIN && i < kTries) continue;
    return static_cast<int>(fd);
  }
}

Fd open_beneath(const Fd& directory, std::string_view path, int flags, std::uint64_t resolve) {
  return Fd(check(try_open(directory, path, flags, RESOLVE_BENEATH | resolve), "open {}", path));
}

}  // namespace

PrivateProc::PrivateProc() {
  const Fd context(check(::fsopen("proc", FSOPEN_CLOEXEC), "open a proc file system"));
  check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "create procfs");
  mount_ = Fd(check(::fsmount(context.get(), FSMOUNT_CLOEXEC,
                              MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV),
                    "mount a private procfs"));
}

Fd PrivateProc::open(std::string_view path, int flags) const {
  return open_beneath(mount_, path, flags, RESOLVE_NO_XDEV);
}

void PrivateProc::write(std::string_view path, std::string_view contents) const {
  const Fd file = open(path, O_WRONLY);
  if (!is_on_proc(file)) fail(Kind::forbidden, "/proc/{} is not on procfs", path);
  check(::write(file.get(), contents.data(), contents.size()), "write \"{}\" to /proc/{}", contents,
        path);
}

bool is_on_proc(const Fd& fd) {
  struct statfs status {};
  check(::fstatfs(fd.get(), &status), "statfs");
  return status.f_type == PROC_SUPER_MAGIC;
}

void check_device(const Fd& fd, unsigned major, unsigned minor, std::string_view name) {
  struct stat status {};
  check(::fstat(fd.get(), &status), "stat {}", name);
  if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(major, minor)) {
    fail(Kind::forbidden, "{} in the container is not character device {}:{}", name, major, minor);
  }
}

std::optional<Fd> find_in_root(const Fd& root, std::string_view path, int flags) {
  const int fd = try_open(root, path, flags, RESOLVE_IN_ROOT);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  return Fd(check(fd, "open {}", path));
}

Fd open_no_links(const Fd& directory, std::string_view path, int flags) {
  return open_beneath(directory, path, flags, RESOLVE_NO_SYMLINKS);
}

}  // namespace mydock::runtime::init
