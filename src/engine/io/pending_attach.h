#pragma once

#include <mutex>
#include <stop_token>

#include "base/fd.h"
#include "runtime/task.h"

namespace mydock::engine {

// A client that attached before the container has started. Its connection's thread waits here; the
// start takes the socket away.
class PendingAttach {
 public:
  PendingAttach(runtime::Attach attach, Fd socket);

  const runtime::Attach& attach() const { return attach_; }
  // The client's socket, once; an empty Fd afterwards. Ends wait(). Any thread.
  Fd take();
  // Gives up: the container is removed. Closes the socket.
  void drop() { take(); }
  // Blocks until it was taken (true) or the client left or a stop came (false).
  bool wait(const std::stop_token& stop);

 private:
  runtime::Attach attach_;
  std::mutex mutex_;
  Fd socket_;
  Fd hangup_;  // a second descriptor of the socket, to see the client leave
  Fd woken_;   // eventfd
  bool taken_ = false;
};

}  // namespace mydock::engine
