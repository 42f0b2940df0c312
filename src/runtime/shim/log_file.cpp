#include "runtime/shim/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/json.h"

namespace mydock::runtime::shim {

namespace {
constexpr std::size_t kLongestLine = 16 * 1024;
}

LogFile::LogFile(fs::path path, std::int64_t max_size, int max_files)
    : path_(std::move(path)),
      max_size_(max_size),
      max_files_(max_files),
      file_(open_file(path_, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0640)) {
  struct stat status {};
  check(::fstat(file_.get(), &status), "look at {}", path_.native());
  size_ = status.st_size;
}

void LogFile::write(Stream stream, std::string_view bytes, Time time) {
  const std::string stamp = to_rfc3339(time);
  std::string& held = partial(stream);
  while (!bytes.empty()) {
    const std::size_t room = kLongestLine - held.size();
    const std::size_t newline = bytes.substr(0, room).find('\n');
    if (newline == std::string_view::npos && bytes.size() < room) break;
    const bool ends = newline != std::string_view::npos;
    const std::size_t taken = ends ? newline : room;
    if (held.empty()) {
      append_line(stream, bytes.substr(0, taken), ends, stamp);
    } else {
      held.append(bytes.substr(0, taken));
      append_line(stream, held, ends, stamp);
      std::string().swap(held);
    }
    bytes.remove_prefix(taken + (ends ? 1 : 0));
  }
  held.append(bytes);
  flush();
}

void LogFile::finish(Stream stream, Time time) {
  std::string& held = partial(stream);
  if (held.empty()) return;
  append_line(stream, held, false, to_rfc3339(time));
  held.clear();
  flush();
}

void LogFile::append_line(Stream stream, std::string_view text, bool ends,
                          const std::string& time) {
  const bool full =
      max_size_ >= 0 && size_ + static_cast<std::int64_t>(pending_.size()) >= max_size_;
  if (full) {
    flush();
    if (size_ >= max_size_) rotate();
  }
  pending_ += "{\"log\":";
  std::string quoted = json_quote(text);
  if (ends) quoted.insert(quoted.size() - 1, "\\n");
  pending_ += quoted;
  pending_ += stream == Stream::out ? ",\"stream\":\"stdout\",\"time\":\""
                                    : ",\"stream\":\"stderr\",\"time\":\"";
  pending_ += time;
  pending_ += "\"}\n";
  pending_bytes_ += text.size() + (ends ? 1 : 0);
}

void LogFile::flush() {
  if (pending_.empty()) return;
  const ssize_t written = file_ ? ::write(file_.get(), pending_.data(), pending_.size()) : -1;
  if (written == static_cast<ssize_t>(pending_.size())) {
    size_ += written;
  } else {
    dropped_ += pending_bytes_;
    // A line that is there by half would hide the next one from every reader.
    if (written > 0 && ::ftruncate(file_.get(), size_) != 0) size_ += written;
  }
  pending_bytes_ = 0;
  pending_.clear();
  if (pending_.capacity() > 4 * kLongestLine) std::string().swap(pending_);
}

void LogFile::rotate() {
  const std::string base = path_.native();
  for (int i = max_files_ - 1; i > 0; --i) {
    const std::string from = i == 1 ? base : base + "." + std::to_string(i - 1);
    ::rename(from.c_str(), (base + "." + std::to_string(i)).c_str());
  }
  if (max_files_ <= 1) {
    if (::ftruncate(file_.get(), 0) == 0) size_ = 0;
    return;
  }
  Fd next(::open(base.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (!next) return;  // goes on in the old one, tried again with the next line
  file_ = std::move(next);
  size_ = 0;
}

}  // namespace mydock::runtime::shim
