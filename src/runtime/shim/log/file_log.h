#pragma once

#include <string>

#include "runtime/shim/log/json_text.h"
#include "runtime/shim/log/line_log.h"
#include "runtime/shim/log/rotating_file.h"

namespace mydock::runtime::shim {

// Lines in a file that rotates. A write that fails is counted, and tried anew with the next line.
class FileLog : public LineLog {
 public:
  explicit FileLog(const LogOptions::File& options) : file_(options) {}
  std::uint64_t dropped() const override { return dropped_; }

 protected:
  virtual void encode(const Line& line, std::string& out) = 0;
  void line(const Line& line) override;
  void flush() override;

 private:
  RotatingFile file_;
  std::string pending_;  // encoded, to be written at once
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

// Docker's: {"log":"text\n","stream":"stdout","attrs":{…},"time":"RFC3339Nano"} a line. The pieces
// of a long line have no "\n".
class JsonFileLog final : public FileLog {
 public:
  explicit JsonFileLog(const LogOptions::File& options);

 private:
  void encode(const Line& line, std::string& out) override;
  std::string out_tail_;  // what stands between the text and the time
  std::string err_tail_;
  TimeText time_;
};

// Compact records that can be read from both ends: length, body, length. A length has four bytes,
// little end first. The body: eight bytes of nanoseconds, likewise; flags: 1 for stderr, 2 for a
// piece of a longer line; the text.
class LocalLog final : public FileLog {
 public:
  explicit LocalLog(const LogOptions::File& options) : FileLog(options) {}

 private:
  void encode(const Line& line, std::string& out) override;
};

}  // namespace mydock::runtime::shim
