#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/clock.h"

namespace mydock::runtime::shim {

enum class Stream { out = 1, err = 2 };  // as in Docker's frames

// Keeps one process's output. Never throws once it is made: what cannot be kept is counted.
class Log {
 public:
  virtual ~Log() = default;
  // Bytes as they were read; an unfinished line waits for its rest.
  virtual void write(Stream stream, std::string_view bytes, Time now) = 0;
  // The stream has ended: writes what waits.
  virtual void finish(Stream stream, Time now) = 0;

  // Blocking mode: the process should wait.
  virtual bool full() const { return false; }
  // Everything that was written is kept or given up.
  virtual bool idle() const { return true; }
  // Gives up what is not sent yet.
  virtual void abandon() {}
  // `changed`: full() or idle() may have a new answer.
  virtual void on_change(std::function<void()> /*changed*/) {}

  virtual std::uint64_t dropped() const = 0;  // bytes of output that are kept nowhere
};

}  // namespace mydock::runtime::shim
