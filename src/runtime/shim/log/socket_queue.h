#pragma once

#include <sys/socket.h>

#include <deque>
#include <functional>
#include <string>

#include "base/fd.h"
#include "runtime/log_options.h"
#include "runtime/shim/loop.h"

namespace mydock::runtime::shim {

// Messages on their way to a log server: a datagram each, or one after the other in a stream. Never
// blocks. While the server is away messages wait and, above the buffer's size, are dropped; it is
// looked for every second.
class SocketQueue {
 public:
  // Connects, for five seconds at most. Errors: system ("dial tcp 10.0.0.1:514: …").
  SocketQueue(Loop& loop, const LogOptions::Remote& options);

  // `bytes` of output are in it. False: dropped.
  bool push(std::string message, std::size_t bytes);
  // Blocking mode, and the server takes its time.
  bool full() const { return !non_blocking_ && connected_ && size_ >= max_size_; }
  bool idle() const { return messages_.empty(); }
  // Forgets what waits. Returns how many bytes of output that was.
  std::uint64_t abandon();
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

 private:
  struct Message {
    std::string text;
    std::size_t bytes = 0;
  };
  bool stream() const { return type_ == SOCK_STREAM; }
  void start_connecting();
  void await_first_connection();
  void ready();
  void send_all();
  bool send_front();  // false: not now
  void lose_connection();
  void watch_socket();

  Loop& loop_;
  std::string network_;
  std::string address_;
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
  int type_ = SOCK_DGRAM;
  bool non_blocking_;
  std::size_t max_size_;
  Fd socket_;
  bool connected_ = false;
  std::deque<Message> messages_;
  std::size_t sent_ = 0;  // of the first, in a stream
  std::size_t size_ = 0;  // bytes that wait
  Loop::Watch watch_;
  Loop::Watch retry_;
  std::function<void()> changed_;
};

}  // namespace mydock::runtime::shim
