#include "runtime/init/sealed_program.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/error.h"
#include "base/fd.h"

#ifndef MFD_EXEC  // newer than Debian 12's headers
#define MFD_EXEC 0x0010U
#endif

namespace mydock::runtime::init {
namespace {

constexpr const char* kSelf = "/proc/self/exe";
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// An overlay without an upper layer is read-only by nature: no remount changes that. It takes no
// memory, as a copy would. Two lower layers are the least that the kernel takes, so another
// directory goes below. No value: overlays cannot lie on these file systems.
std::optional<Fd> open_in_overlay(const fs::path& program, const fs::path& other) {
  const Fd context(::fsopen("overlay", FSOPEN_CLOEXEC));
  if (!context) return std::nullopt;
  const Fd folder = open_file(program.parent_path(), O_PATH | O_DIRECTORY);
  const Fd below = open_file(other, O_PATH | O_DIRECTORY);
  const std::string layers =
      fmt::format("/proc/self/fd/{}:/proc/self/fd/{}", folder.get(), below.get());
  if (::fsconfig(context.get(), FSCONFIG_SET_STRING, "lowerdir", layers.c_str(), 0) < 0 ||
      ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0) {
    return std::nullopt;
  }
  const Fd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC,
                           MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  if (!mount) return std::nullopt;
  return open_at(mount, program.filename(), O_PATH);
}

bool same_file(const Fd& a, const Fd& b) {
  struct stat first {};
  struct stat second {};
  check(::fstat(a.get(), &first), "stat");
  check(::fstat(b.get(), &second), "stat");
  return first.st_ino == second.st_ino && first.st_size == second.st_size &&
         first.st_mtim.tv_sec == second.st_mtim.tv_sec &&
         first.st_mtim.tv_nsec == second.st_mtim.tv_nsec;
}

Fd open_sealed(const fs::path& other) {
  std::array<char, 4096> path{};
  const ssize_t size = check(::readlink(kSelf, path.data(), path.size() - 1), "read {}", kSelf);
  const fs::path program(std::string(path.data(), static_cast<std::size_t>(size)));
  // A program that was replaced or removed on disk meanwhile is copied from what we run.
  std::optional<Fd> file;
  struct stat found {};
  if (::stat(program.c_str(), &found) == 0) file = open_in_overlay(program, other);
  if (file && same_file(*file, open_file(kSelf, O_PATH))) return std::move(*file);
  return seal_program(kSelf);
}

}  // namespace

Fd seal_program(const fs::path& path) {
  const Fd program = open_file(path, O_RDONLY);
  int raw = ::memfd_create("mydock-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
  if (raw < 0 && errno == EINVAL) {  // before Linux 6.3
    raw = ::memfd_create("mydock-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  }
  Fd memory(check(raw, "make a memory file"));
  struct stat status {};
  check(::fstat(program.get(), &status), "stat {}", path.native());
  for (off_t left = status.st_size; left > 0;) {
    const ssize_t sent =
        check(::sendfile(memory.get(), program.get(), nullptr, static_cast<std::size_t>(left)),
              "copy {}", path.native());
    if (sent == 0) fail(Kind::system, "copy {}: it became shorter", path.native());
    left -= sent;
  }
  check(::fcntl(memory.get(), F_ADD_SEALS, kSeals), "seal the program");
  return memory;
}

bool is_sealed_program() {
  const Fd program = open_file(kSelf, O_RDONLY);
  const int seals = ::fcntl(program.get(), F_GET_SEALS);
  if (seals >= 0 && (seals & kSeals) == kSeals) return true;
  struct statfs kind {};
  check(::fstatfs(program.get(), &kind), "statfs {}", kSelf);
  struct statvfs flags {};
  check(::fstatvfs(program.get(), &flags), "statvfs {}", kSelf);
  return kind.f_type == OVERLAYFS_SUPER_MAGIC && (flags.f_flag & ST_RDONLY) != 0;
}

void run_from_sealed_program(const fs::path& bundle) {
  if (is_sealed_program()) return;
  const Fd program = open_sealed(bundle);
  std::string name = "mydock-shim";
  std::string argument = bundle.string();
  const std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  ::execveat(program.get(), "", arguments.data(), environ, AT_EMPTY_PATH);
  fail_errno("execute the sealed program");
}

}  // namespace mydock::runtime::init
