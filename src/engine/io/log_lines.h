#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "engine/io/log_format.h"

namespace mydock::engine {

// Reads a log from its oldest rotated file ("PATH.2.gz", "PATH.1") to what is being written, over
// rotations that happen meanwhile: each line once and in order. A log that is emptied is read anew.
class LogLines {
 public:
  // `tail`: begin with the last so many lines. A log that is not there is empty.
  LogLines(ReadableLog log, std::optional<std::uint64_t> tail);
  // No value: there are no more lines now; later there may be. Errors: invalid (damaged), system.
  std::optional<LogLine> next();

 private:
  struct Segment {
    Fd file;
    struct stat status {};
    bool packed = false;
  };
  std::vector<Segment> open_all() const;  // newest first
  std::vector<Segment> try_open_all(bool& steady) const;
  std::optional<Segment> open_segment(const fs::path& path) const;
  Fd unpacked(Segment segment) const;
  void skip_to_tail(std::uint64_t tail);
  bool fill();
  bool read_more();
  bool open_next();
  bool was_rotated() const;
  void restart_if_emptied();
  bool open_after_rotation();
  fs::path rotated(int number) const;

  ReadableLog log_;
  std::vector<Segment> waiting_;  // files to be read after the current one, newest first
  Fd current_;
  bool at_newest_ = false;
  std::string buffer_;
  std::size_t begin_ = 0;
  Time last_{};               // of the line that was read last
  std::optional<Time> skip_;  // lines up to this one were read already
};

}  // namespace mydock::engine
