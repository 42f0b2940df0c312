#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/terminal/console.h"
#include "cli/terminal/terminal.h"
#include "client/api_client.h"

namespace mydock::cli {

// Finds the detach keys in what is typed.
class DetachKeys {
 public:
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}
  // What goes on to the container. A begun sequence is held back until it is broken.
  std::string pass(std::string_view typed);
  bool complete() const { return complete_; }

 private:
  std::string keys_;
  std::size_t matched_ = 0;
  bool complete_ = false;
};

struct PumpSpec {
  bool tty = false;  // raw output; otherwise framed
  bool send_stdin = false;
  std::string detach_keys;  // bytes; only looked for with a tty
  const SignalQueue* signals = nullptr;
  std::function<void(int)> on_signal;
};
enum class PumpEnd { output_ended, detached };

// Moves bytes between the terminal and the container until its output ends, the detach keys come,
// or `on_signal` throws. With no stdin the sending side is closed at once.
PumpEnd pump(client::HijackedStream stream, const PumpSpec& spec, Console& console);

}  // namespace mydock::cli
