#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mydock {

namespace fs = std::filesystem;

using Bytes = std::span<std::byte>;
using ConstBytes = std::span<const std::byte>;

// Owns a file descriptor and closes it. Every Fd that this project makes is close-on-exec.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  // Gives the descriptor away: the caller closes it.
  int release() noexcept { return std::exchange(fd_, -1); }
  void reset() noexcept;
  // A second descriptor for the same open file, close-on-exec.
  Fd duplicate() const;

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC added. Errors: system, "open PATH: reason".
Fd open_file(const fs::path& path, int flags, mode_t mode = 0);
// The same below an open directory; follows links as openat(2) does: for trusted trees only.
Fd open_at(const Fd& directory, const fs::path& path, int flags, mode_t mode = 0);

std::pair<Fd, Fd> make_pipe();                // {read end, write end}
std::pair<Fd, Fd> make_socketpair(int type);  // AF_UNIX, type as socket(2): SOCK_STREAM, …

// Retry on EINTR. read_some returns 0 at the end; -1 never: errors are thrown, except EAGAIN on a
// non-blocking descriptor, which is Error{system, EAGAIN}.
std::size_t read_some(const Fd& fd, Bytes buffer);
void write_all(const Fd& fd, ConstBytes bytes);
void write_all(const Fd& fd, std::string_view text);
// Reads to the end; fails with Kind::invalid when more than `limit` bytes come.
std::string read_to_end(const Fd& fd, std::size_t limit);

inline ConstBytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(ConstBytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace mydock
