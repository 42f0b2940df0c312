#pragma once

#include <map>
#include <memory>
#include <set>
#include <thread>

#include "base/fd.h"
#include "base/mutex.h"
#include "runtime/shim/packet.h"
#include "runtime/shim/protocol.h"
#include "runtime/task.h"

namespace mydock::runtime {

// The daemon's end of one shim's socket. Requests from any thread; replies and events come in on
// the reader's.
class ShimConnection {
 public:
  ShimConnection(Fd socket, TaskEvents events);

  const Fd& socket() const { return socket_; }
  // Sends and waits for the reply; `stream` goes along. Errors: what the shim met; unavailable, if
  // the connection ended.
  shim::Message call(shim::Request request, const Fd& stream = {});
  // Called by the reader when the socket is readable. False: it ended.
  bool on_readable();
  // No event is told once this returns, unless it was called from an event's own callback.
  void stop_events();

 private:
  void tell(const shim::Message& event);
  void close();

  Fd socket_;
  TaskEvents events_;
  Mutex mutex_{Rank::leaf};
  Condition changed_;
  std::uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, std::optional<shim::Message>> replies_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
  bool muted_ GUARDED_BY(mutex_) = false;
  bool telling_ GUARDED_BY(mutex_) = false;
  std::thread::id teller_ GUARDED_BY(mutex_);
};

// One thread that reads for all connections.
class ShimReader {
 public:
  ShimReader();
  ~ShimReader();
  ShimReader(const ShimReader&) = delete;
  ShimReader& operator=(const ShimReader&) = delete;

  void add(std::shared_ptr<ShimConnection> connection);
  void remove(const std::shared_ptr<ShimConnection>& connection);

 private:
  void run();

  Fd epoll_;
  Fd wake_;
  Mutex mutex_{Rank::leaf};
  std::map<int, std::shared_ptr<ShimConnection>> connections_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace mydock::runtime
