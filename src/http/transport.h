#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "base/fd.h"
#include "base/stop.h"

namespace mydock::http {

// A connection to somewhere that is not trusted to answer: nothing waits longer than the idle time
// for a byte to move, and a stop interrupts every wait.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual const Fd& socket() const = 0;
  // 0: the end. Errors: deadline, cancelled, system.
  virtual std::size_t read(Bytes buffer, const std::stop_token& stop, Deadline deadline) = 0;
  virtual void write(ConstBytes bytes, const std::stop_token& stop) = 0;
  // Whether a read would return at once: bytes are there, or the end.
  virtual bool readable() = 0;
};

inline constexpr std::chrono::seconds kIdleTime{60};
// `socket` is connected and does not block.
std::unique_ptr<Transport> plain_transport(Fd socket, std::chrono::seconds idle = kIdleTime);

// The earlier of the two, and of the idle time from now.
Deadline bounded(Deadline deadline, std::chrono::seconds idle);

}  // namespace mydock::http
