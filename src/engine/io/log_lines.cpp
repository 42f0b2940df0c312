#include "engine/io/log_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "archive/compression.h"
#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kLongestLine = std::size_t{4} << 20;

bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

}  // namespace

LogLines::LogLines(ReadableLog log, std::optional<std::uint64_t> tail) : log_(std::move(log)) {
  waiting_ = open_all();
  if (tail) skip_to_tail(*tail);
  open_next();
}

fs::path LogLines::rotated(int number) const {
  return log_.path.string() + "." + std::to_string(number);
}

// No value: it may come, or have been rotated away in this moment.
std::optional<LogLines::Segment> LogLines::open_segment(const fs::path& path) const {
  Segment segment;
  segment.file = Fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!segment.file && errno == ENOENT) {
    segment.packed = true;
    segment.file = Fd(::open((path.string() + ".gz").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  }
  if (!segment.file && errno != ENOENT) fail_errno("open {}", path.string());
  if (!segment.file) return std::nullopt;
  check(::fstat(segment.file.get(), &segment.status), "stat a log");
  return segment;
}

std::vector<LogLines::Segment> LogLines::open_all() const {
  constexpr int kTries = 5;
  std::vector<Segment> segments;
  for (int i = 0; i < kTries; ++i) {
    bool steady = true;
    segments = try_open_all(steady);
    if (steady) break;
  }
  return segments;
}

// Not steady: a rotation was under way.
std::vector<LogLines::Segment> LogLines::try_open_all(bool& steady) const {
  std::vector<Segment> segments;
  auto newest = open_segment(log_.path);
  if (newest && !newest->packed) segments.push_back(std::move(*newest));
  bool gap = false;
  for (int number = 1;; ++number) {
    auto segment = open_segment(rotated(number));
    if (!segment) {
      if (std::exchange(gap, true)) break;
      continue;
    }
    if (gap) steady = false;
    gap = false;
    const bool again = !segments.empty() && is_same_file(segments.back().status, segment->status);
    if (!again) segments.push_back(std::move(*segment));
  }
  struct stat now {};
  if (::stat(log_.path.c_str(), &now) == 0 &&
      (segments.empty() || !is_same_file(now, segments.front().status))) {
    steady = false;
  }
  return segments;
}

// A packed file's contents, in a file that has no name.
Fd LogLines::unpacked(Segment segment) const {
  if (!segment.packed) return std::move(segment.file);
  Fd file(::open(log_.path.parent_path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) fail_errno("make a file to unpack a log into");
  FdSource packed(std::move(segment.file));
  archive::Decompressor from(packed);
  FdSink to(file.duplicate());
  copy(from, to);
  check(::lseek(file.get(), 0, SEEK_SET), "seek in a log");
  return file;
}

void LogLines::skip_to_tail(std::uint64_t tail) {
  std::vector<Segment> newest_first;
  newest_first.swap(waiting_);
  for (Segment& segment : newest_first) {
    Segment plain;
    plain.status = segment.status;
    plain.file = unpacked(std::move(segment));
    const off_t offset = tail == 0 ? check(::lseek(plain.file.get(), 0, SEEK_END), "seek in a log")
                                   : tail_offset(log_.format, plain.file, tail);
    check(::lseek(plain.file.get(), offset, SEEK_SET), "seek in a log");
    waiting_.push_back(std::move(plain));
    if (tail == 0) break;
  }
}

bool LogLines::open_next() {
  if (waiting_.empty()) return false;
  buffer_.clear();  // half a record at a file's end: its writer was killed
  begin_ = 0;
  Segment next = std::move(waiting_.back());
  waiting_.pop_back();
  at_newest_ = waiting_.empty();
  current_ = unpacked(std::move(next));
  return true;
}

bool LogLines::was_rotated() const {
  struct stat mine {};
  struct stat theirs {};
  if (::fstat(current_.get(), &mine) < 0 || ::stat(log_.path.c_str(), &theirs) < 0) return false;
  return !is_same_file(mine, theirs);
}

// By `logs --clear`, or by a rotation that keeps one file.
void LogLines::restart_if_emptied() {
  struct stat status {};
  const off_t at = ::lseek(current_.get(), 0, SEEK_CUR);
  if (::fstat(current_.get(), &status) < 0 || at <= status.st_size) return;
  check(::lseek(current_.get(), 0, SEEK_SET), "seek in a log");
  buffer_.clear();
  begin_ = 0;
}

// The file that was the newest has a number by now; those after it are to be read.
bool LogLines::open_after_rotation() {
  struct stat mine {};
  check(::fstat(current_.get(), &mine), "stat a log");
  waiting_ = open_all();
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Segment& segment) {
    return is_same_file(segment.status, mine);
  });
  // Packed or gone: what was read already is known by its time.
  if (found == waiting_.end()) skip_ = last_;
  waiting_.erase(found, waiting_.end());
  return open_next();
}

bool LogLines::read_more() {
  const std::size_t old = buffer_.size();
  buffer_.resize(old + kPiece);
  const std::size_t got =
      read_some(current_, std::as_writable_bytes(std::span(buffer_.data() + old, kPiece)));
  buffer_.resize(old + got);
  return got > 0;
}

// More bytes into the buffer. False: there are none now.
bool LogLines::fill() {
  if (!current_) {
    waiting_ = open_all();
    if (!open_next()) return false;
  }
  buffer_.erase(0, std::exchange(begin_, 0));
  if (buffer_.size() > kLongestLine) fail(Kind::invalid, "a line of the log is too long");
  // Looked at before the read: what was written before a rotation is read then.
  const bool rotated = at_newest_ && was_rotated();
  if (at_newest_) restart_if_emptied();
  if (read_more()) return true;
  if (!at_newest_) return open_next();
  return rotated && open_after_rotation();
}

std::optional<LogLine> LogLines::next() {
  for (;;) {
    std::string_view rest = std::string_view(buffer_).substr(begin_);
    auto line = take_record(log_.format, rest);
    begin_ = buffer_.size() - rest.size();
    if (!line) {
      if (!fill()) return std::nullopt;
      continue;
    }
    if (skip_ && line->time <= *skip_) continue;
    skip_.reset();
    last_ = line->time;
    return line;
  }
}

}  // namespace mydock::engine
