#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"

namespace mydock::engine {

// One line of a json-file log.
struct LogLine {
  std::string log;  // with its newline, unless the container's line was longer than a piece
  std::string stream;
  Time time{};
};
template <class V>
void fields(V& v, Of<LogLine> auto& l) {
  v("log", l.log);
  v("stream", l.stream);
  v("time", l.time);
}

// Reads a json-file log from its oldest rotated file ("PATH.2", "PATH.1") to what is being written,
// over rotations that happen meanwhile.
class LogLines {
 public:
  // `tail`: begin with the last so many lines. A log that is not there is empty.
  LogLines(fs::path path, std::optional<std::uint64_t> tail);
  // No value: there are no more lines now; later there may be.
  std::optional<LogLine> next();

 private:
  void open_oldest();
  void skip_to_tail(std::uint64_t tail);
  bool fill();
  bool open_next();
  bool was_rotated() const;
  fs::path rotated(int number) const;

  fs::path path_;
  std::vector<Fd> waiting_;  // files to be read after the current one, newest first
  Fd current_;
  bool at_newest_ = false;
  std::string buffer_;
  std::size_t begin_ = 0;
};

}  // namespace mydock::engine
