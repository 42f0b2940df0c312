#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "runtime/shim/detach_keys.h"
#include "runtime/shim/log/log.h"
#include "runtime/shim/loop.h"
#include "runtime/task.h"

namespace mydock::runtime::shim {

// One attached client's socket. Output that it does not take is queued; see ProcessIo for what a
// full queue means.
class Attached {
 public:
  enum class Event { input, end, gone, sent };
  // `notify` is told: input (call read()), end (it shut down its writing side), gone (drop it),
  // sent (the queue became shorter).
  Attached(Loop& loop, Fd socket, const Attach& attach, bool framed, std::string detach_keys,
           std::function<void(Attached&, Event)> notify);

  bool wants(Stream stream) const;
  bool has_input() const { return attach_.stdin_open; }
  void output(Stream stream, std::string_view bytes);
  std::size_t queued() const { return queue_.size() - sent_; }
  // Bytes that it took since the last call.
  std::size_t take_progress() { return std::exchange(progress_, 0); }

  // Reads once and appends to `input`, without detach keys. False: they were typed.
  bool read(std::string& input);
  // Input that the daemon had read already. False as above.
  bool feed(std::string_view typed, std::string& input) { return !keys_.feed(typed, input); }
  void set_reading(bool on);

  bool stalled = false;  // it takes nothing: nobody waits for it any more
  bool gone = false;     // to be dropped at the next occasion

 private:
  void ready(short events);
  void push();
  void update();

  Fd socket_;
  Attach attach_;
  bool framed_;
  bool reading_;
  bool ended_ = false;
  DetachKeys keys_;
  std::string queue_;
  std::size_t sent_ = 0;
  std::size_t progress_ = 0;
  std::function<void(Attached&, Event)> notify_;
  Loop::Watch watch_;
};

}  // namespace mydock::runtime::shim
