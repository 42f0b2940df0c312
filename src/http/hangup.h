#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <thread>

#include "base/fd.h"
#include "base/mutex.h"

namespace mydock::http {

// Tells when the other side of a socket is gone. One thread for all sockets, started by the first.
class HangupWatcher {
 public:
  HangupWatcher();
  ~HangupWatcher();
  HangupWatcher(const HangupWatcher&) = delete;
  HangupWatcher& operator=(const HangupWatcher&) = delete;

  // Stops `source` once when the peer closed `socket`, or the connection failed. A peer that shut
  // down its sending side only is still there on a Unix socket; on TCP the two look alike, and
  // count as gone.
  std::uint64_t add(const Fd& socket, std::stop_source source);
  // Call before the socket is closed or given away.
  void remove(std::uint64_t id, const Fd& socket);

 private:
  void run();
  Fd epoll_;
  Fd wake_;
  Mutex mutex_{Rank::leaf};
  std::uint64_t next_ GUARDED_BY(mutex_) = 1;
  std::map<std::uint64_t, std::stop_source> watched_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace mydock::http
