#pragma once

#include <string>

#include "runtime/shim/log/log.h"

namespace mydock::runtime::shim {

struct Line {
  Stream stream = Stream::out;
  std::string_view text;  // without its newline
  bool ends = true;       // false: a piece of a longer line
  Time time{};
};

// Splits output into lines, and lines longer than 16 KiB into pieces. Every line has a time of its
// own, later than the one before: the clock is read once for many lines, and a reader can go on
// after the last line that it has seen.
class LineLog : public Log {
 public:
  void write(Stream stream, std::string_view bytes, Time now) final;
  void finish(Stream stream, Time now) final;

 protected:
  virtual void line(const Line& line) = 0;
  virtual void flush() {}  // after the lines of one write

 private:
  void emit(Stream stream, std::string_view text, bool ends);
  void set_clock(Time now);

  std::string out_;  // unfinished lines
  std::string err_;
  Time next_{};
};

}  // namespace mydock::runtime::shim
