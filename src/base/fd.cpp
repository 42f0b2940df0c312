#include "base/fd.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/error.h"

namespace mydock {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void Fd::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Fd Fd::duplicate() const {
  return Fd(check(::fcntl(fd_, F_DUPFD_CLOEXEC, 3), "duplicate fd {}", fd_));
}

Fd open_file(const fs::path& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Fd(check(fd, "open {}", path.native()));
}

Fd open_at(const Fd& directory, const fs::path& path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::openat(directory.get(), path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Fd(check(fd, "open {}", path.native()));
}

std::pair<Fd, Fd> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

std::pair<Fd, Fd> make_socketpair(int type) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()), "make a socket pair");
  return {Fd(ends[0]), Fd(ends[1])};
}

std::size_t read_some(const Fd& fd, Bytes buffer) {
  ssize_t count = 0;
  do {
    count = ::read(fd.get(), buffer.data(), buffer.size());
  } while (count < 0 && errno == EINTR);
  return static_cast<std::size_t>(check(count, "read from fd {}", fd.get()));
}

void write_all(const Fd& fd, ConstBytes bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    check(count, "write to fd {}", fd.get());
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void write_all(const Fd& fd, std::string_view text) { write_all(fd, as_bytes(text)); }

std::string read_to_end(const Fd& fd, std::size_t limit) {
  std::string text;
  std::array<std::byte, 16384> buffer{};
  while (const std::size_t count = read_some(fd, buffer)) {
    if (text.size() + count > limit) fail(Kind::invalid, "more than {} bytes", limit);
    text.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
  return text;
}

}  // namespace mydock
