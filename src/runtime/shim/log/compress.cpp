#include "runtime/shim/log/compress.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <memory>

#include "base/fd.h"

namespace mydock::runtime::shim {

namespace {

struct CloseGz {
  void operator()(gzFile file) const { ::gzclose(file); }
};
using GzFile = std::unique_ptr<std::remove_pointer_t<gzFile>, CloseGz>;

bool pack(const Fd& from, const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
  if (fd < 0) return false;
  GzFile to(::gzdopen(fd, "wb1"));
  if (!to) {
    const Fd closed(fd);
    return false;
  }
  std::array<char, 64 * 1024> block;
  for (;;) {
    const ssize_t n = ::read(from.get(), block.data(), block.size());
    if (n == 0) return ::gzclose(to.release()) == Z_OK;
    if (n < 0 || ::gzwrite(to.get(), block.data(), static_cast<unsigned>(n)) != n) return false;
  }
}

}  // namespace

bool compress_file(const std::string& path) {
  const Fd from(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!from) return false;
  const std::string packed = path + ".gz";
  const std::string making = packed + ".tmp";
  if (!pack(from, making) || ::rename(making.c_str(), packed.c_str()) != 0) {
    ::unlink(making.c_str());
    return false;
  }
  // Gone already: `logs --clear` took the log away while we worked.
  if (::unlink(path.c_str()) != 0) ::unlink(packed.c_str());
  return true;
}

pid_t start_compression(const std::string& path) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid < 0 ? 0 : pid;
  // The clients' sockets must not stay open with us, nor the container's pipes.
  ::close_range(0, ~0U, 0);
  ::signal(SIGTERM, SIG_DFL);
  ::setpriority(PRIO_PROCESS, 0, 10);
  ::_exit(compress_file(path) ? 0 : 1);
}

}  // namespace mydock::runtime::shim
