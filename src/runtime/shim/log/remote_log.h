#pragma once

#include <string>

#include "runtime/shim/log/line_log.h"
#include "runtime/shim/log/socket_queue.h"

namespace mydock::runtime::shim {

// Lines sent to a log server.
class RemoteLog : public LineLog {
 public:
  RemoteLog(Loop& loop, LogOptions::Remote options)
      : options_(std::move(options)), queue_(loop, options_) {}
  bool full() const override { return queue_.full(); }
  bool idle() const override { return queue_.idle(); }
  void abandon() override { dropped_ += queue_.abandon(); }
  void on_change(std::function<void()> changed) override { queue_.on_change(std::move(changed)); }
  std::uint64_t dropped() const override { return dropped_; }

 protected:
  virtual std::string encode(const Line& line) const = 0;
  const LogOptions::Remote& options() const { return options_; }
  void line(const Line& line) override;

 private:
  LogOptions::Remote options_;
  SocketQueue queue_;
  std::uint64_t dropped_ = 0;
};

// The formats of Docker's driver: plain, rfc3164, rfc5424, rfc5424micro. Output is "info", errors
// are "err".
class SyslogLog final : public RemoteLog {
 public:
  using RemoteLog::RemoteLog;

 private:
  std::string encode(const Line& line) const override;
};

// systemd's native protocol, with Docker's fields.
class JournaldLog final : public RemoteLog {
 public:
  using RemoteLog::RemoteLog;

 private:
  std::string encode(const Line& line) const override;
};

}  // namespace mydock::runtime::shim
