#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "cli/terminal/console.h"

namespace mydock::cli {

// docker cp's line on the terminal: how much was copied so far.
class ProgressLine {
 public:
  // `what`: "Copying to container". Silent with `quiet`.
  ProgressLine(Console& console, std::string_view what, bool quiet);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();
  void add(std::size_t bytes);
  // Takes the line away, and says "Successfully copied 2.05kB to WHERE".
  void finish(std::string_view where);

 private:
  void clear();
  Console& console_;
  std::string what_;
  bool quiet_;
  bool shown_ = false;
  std::uint64_t bytes_ = 0;
  std::chrono::steady_clock::time_point next_;
};

// Counts what is read through it.
class CountedSource final : public Source {
 public:
  CountedSource(Source& from, ProgressLine& line) : from_(from), line_(line) {}
  std::size_t read(Bytes buffer) override {
    const std::size_t count = from_.read(buffer);
    line_.add(count);
    return count;
  }

 private:
  Source& from_;
  ProgressLine& line_;
};

}  // namespace mydock::cli
