#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/invocation.h"
#include "cli/terminal/pump.h"
#include "cli/terminal/terminal.h"

namespace mydock::cli {

struct AttachWish {
  std::string container;  // id or name
  bool tty = false;
  bool send_stdin = false;
  bool want_stdout = true;
  bool want_stderr = true;
  bool proxy_signals = true;
  std::string detach_keys;
};

// The terminal's side of a container's or an exec's streams: raw mode, window size, signals.
// `resize` and `kill` reach the other side; their errors are ignored, since it may be gone.
class TerminalSession {
 public:
  using Resize = std::function<void(WindowSize)>;
  using Kill = std::function<void(const std::string& signal)>;
  TerminalSession(bool tty, bool send_stdin, Resize resize, Kill kill);

  // Tells the other side how large the terminal is.
  void send_size() const;
  // The same, but with a change on the way, so that a program draws its screen again.
  void send_changed_size() const;
  PumpEnd run(client::HijackedStream stream, const std::string& detach_keys, Console& console);

 private:
  void on_signal(int number) const;
  bool tty_;
  bool send_stdin_;
  Resize resize_;
  Kill kill_;
  std::optional<SignalQueue> signals_;
  std::optional<RawMode> raw_mode_;
};

// Docker's order, so that nothing is lost: attach, wait, start, resize; then until the output ends.
// Returns the container's exit code; 0 after the detach keys. Errors: as `attach`, `wait`, `start`.
enum class AfterStart { none, removed };
int run_attached(Invocation& call, const AttachWish& wish, AfterStart condition);

// Errors: invalid (docker's text), when -t was asked for and standard input is no terminal.
void require_terminal(const Console& console, bool tty, bool attach_stdin);
// The keys as bytes; docker's default when `text` is empty. Errors: invalid.
std::string detach_bytes(const std::string& text);

}  // namespace mydock::cli
