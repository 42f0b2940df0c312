#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"

namespace mydock::runtime::shim {

enum class Stream { out = 1, err = 2 };  // as in Docker's frames

// Docker's json-file log: {"log":"text\n","stream":"stdout","time":"RFC3339Nano"} a line. Lines
// longer than 16 KiB are split, the parts without "\n". Never throws once it is open: a write that
// fails is counted, and tried anew with the next line.
class LogFile {
 public:
  // Appends to `path`, mode 0640. `max_size` -1: no rotation. Errors: system.
  LogFile(fs::path path, std::int64_t max_size, int max_files);

  // Bytes as they were read; an unfinished line waits for its rest.
  void write(Stream stream, std::string_view bytes, Time time);
  // Writes what waits, without "\n".
  void finish(Stream stream, Time time);

  std::uint64_t dropped() const { return dropped_; }  // bytes of output that no file has

 private:
  void append_line(Stream stream, std::string_view text, bool ends, const std::string& time);
  void flush();
  void rotate();
  std::string& partial(Stream stream) { return stream == Stream::out ? out_ : err_; }

  fs::path path_;
  std::int64_t max_size_;
  int max_files_;
  Fd file_;
  std::int64_t size_ = 0;
  std::string out_;  // unfinished lines
  std::string err_;
  std::string pending_;  // encoded, to be written at once
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace mydock::runtime::shim
