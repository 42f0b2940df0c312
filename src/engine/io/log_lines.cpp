#include "engine/io/log_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kLongestLine = std::size_t{4} << 20;

// No file is an empty Fd: it may come, or have been rotated away in this moment.
Fd open_if_there(const fs::path& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file && errno != ENOENT) fail_errno("open {}", path.string());
  return file;
}

// Where the last `lines` of a file begin; `lines` is lowered by those it holds.
off_t tail_offset(const Fd& file, std::uint64_t& lines) {
  struct stat found {};
  check(::fstat(file.get(), &found), "stat a log");
  std::array<char, kPiece> piece{};
  off_t end = found.st_size;
  bool at_last_byte = true;
  while (end > 0) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(piece.size()));
    const auto want = static_cast<std::size_t>(end - begin);
    const ssize_t got = check(::pread(file.get(), piece.data(), want, begin), "read a log");
    for (ssize_t i = got - 1; i >= 0; --i) {
      const bool newline = piece[static_cast<std::size_t>(i)] == '\n';
      // The newline at the very end closes the last line; every other one closes the line before.
      if (newline && !at_last_byte && --lines == 0) return begin + i + 1;
      at_last_byte = false;
    }
    end = begin;
  }
  if (found.st_size > 0) --lines;
  return 0;
}

}  // namespace

LogLines::LogLines(fs::path path, std::optional<std::uint64_t> tail) : path_(std::move(path)) {
  open_oldest();
  if (tail) skip_to_tail(*tail);
}

fs::path LogLines::rotated(int number) const {
  return path_.string() + "." + std::to_string(number);
}

void LogLines::open_oldest() {
  if (Fd newest = open_if_there(path_)) waiting_.push_back(std::move(newest));
  for (int number = 1;; ++number) {
    Fd file = open_if_there(rotated(number));
    if (!file) break;
    waiting_.push_back(std::move(file));
  }
  open_next();
}

void LogLines::skip_to_tail(std::uint64_t tail) {
  std::vector<Fd> newest_first;
  if (current_) waiting_.push_back(std::move(current_));
  newest_first.swap(waiting_);
  for (Fd& file : newest_first) {
    off_t offset = 0;
    if (tail == 0) {
      offset = check(::lseek(file.get(), 0, SEEK_END), "seek in a log");
    } else {
      offset = tail_offset(file, tail);
    }
    check(::lseek(file.get(), offset, SEEK_SET), "seek in a log");
    waiting_.push_back(std::move(file));
    if (tail == 0) break;
  }
  open_next();
}

bool LogLines::open_next() {
  if (waiting_.empty()) return false;
  current_ = std::move(waiting_.back());
  waiting_.pop_back();
  at_newest_ = waiting_.empty();
  return true;
}

bool LogLines::was_rotated() const {
  struct stat mine {};
  struct stat theirs {};
  if (::fstat(current_.get(), &mine) < 0 || ::stat(path_.c_str(), &theirs) < 0) return false;
  return mine.st_ino != theirs.st_ino || mine.st_dev != theirs.st_dev;
}

// More bytes into the buffer. False: there are none now.
bool LogLines::fill() {
  if (!current_) {
    current_ = open_if_there(path_);
    at_newest_ = true;
    if (!current_) return false;
  }
  buffer_.erase(0, std::exchange(begin_, 0));
  if (buffer_.size() > kLongestLine) fail(Kind::invalid, "a line of the log is too long");
  const std::size_t old = buffer_.size();
  // Looked at before the read: what was written before a rotation is read then.
  const bool rotated = at_newest_ && was_rotated();
  buffer_.resize(old + kPiece);
  const std::size_t got =
      read_some(current_, std::as_writable_bytes(std::span(buffer_.data() + old, kPiece)));
  buffer_.resize(old + got);
  if (got > 0) return true;
  if (!at_newest_) return open_next();
  if (!rotated) return false;
  current_ = open_if_there(path_);
  return static_cast<bool>(current_);
}

std::optional<LogLine> LogLines::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', begin_);
    if (end != std::string::npos) {
      const std::string_view text = std::string_view(buffer_).substr(begin_, end - begin_);
      begin_ = end + 1;
      if (text.empty()) continue;
      return from_json<LogLine>(text);
    }
    if (!fill()) return std::nullopt;
  }
}

}  // namespace mydock::engine
