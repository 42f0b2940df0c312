#include "runtime/shim/log/rotating_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "runtime/shim/log/compress.h"

namespace mydock::runtime::shim {

namespace {

constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW;
constexpr mode_t kMode = 0640;

}  // namespace

RotatingFile::RotatingFile(const LogOptions::File& options)
    : path_(options.path),
      max_size_(options.max_size),
      max_files_(options.max_files),
      compress_(options.compress && options.max_files > 1),
      file_(open_file(path_, kFlags, kMode)) {
  struct stat status {};
  check(::fstat(file_.get(), &status), "look at {}", path_.native());
  size_ = status.st_size;
}

std::string RotatingFile::numbered(int number) const {
  return path_.native() + "." + std::to_string(number);
}

bool RotatingFile::append(std::string_view bytes) {
  ssize_t written = -1;
  do {
    written = ::write(file_.get(), bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written > 0) size_ += written;
  if (written == static_cast<ssize_t>(bytes.size())) return true;
  if (written > 0) {
    // A record that is there by half would hide the next one from every reader. Where the file ends
    // is asked anew: it may have been emptied by `logs --clear`.
    struct stat status {};
    if (::fstat(file_.get(), &status) == 0 && status.st_size >= written &&
        ::ftruncate(file_.get(), status.st_size - written) == 0) {
      size_ = status.st_size - written;
    }
  }
  return false;
}

void RotatingFile::rotate_if_full() {
  struct stat status {};
  if (::fstat(file_.get(), &status) == 0) size_ = status.st_size;
  if (is_full(0)) rotate();
}

void RotatingFile::rotate() {
  if (max_files_ <= 1) {
    if (::ftruncate(file_.get(), 0) == 0) size_ = 0;
    return;
  }
  await_compression();
  ::unlink(numbered(max_files_ - 1).c_str());
  ::unlink((numbered(max_files_ - 1) + ".gz").c_str());
  for (int i = max_files_ - 1; i > 1; --i) {
    ::rename(numbered(i - 1).c_str(), numbered(i).c_str());
    ::rename((numbered(i - 1) + ".gz").c_str(), (numbered(i) + ".gz").c_str());
  }
  if (::rename(path_.c_str(), numbered(1).c_str()) != 0)
    return;  // tried again with the next record
  Fd next(::open(path_.c_str(), kFlags | O_CLOEXEC, kMode));
  if (!next) {  // goes on in the old one, under its old name
    ::rename(numbered(1).c_str(), path_.c_str());
    return;
  }
  file_ = std::move(next);
  size_ = 0;
  if (compress_) compress_first();
}

// The next rotation would move the file away under its hands.
void RotatingFile::await_compression() {
  if (compressing_ <= 0) return;
  // ECHILD: the shim's signal handler has seen its end already.
  while (::waitpid(compressing_, nullptr, 0) < 0 && errno == EINTR) continue;
  compressing_ = 0;
}

void RotatingFile::compress_first() { compressing_ = start_compression(numbered(1)); }

}  // namespace mydock::runtime::shim
