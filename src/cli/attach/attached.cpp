#include "cli/attach/attached.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "api/stream.h"
#include "base/error.h"

namespace mydock::cli {

namespace {

constexpr std::string_view kDefaultKeys = "ctrl-p,ctrl-q";

struct Interrupted {
  int signal;
};

// Ends this program as the signal would have, had it not been blocked.
[[noreturn]] void end_by(int number) {
  std::signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  std::raise(number);
  std::exit(128 + number);
}

template <class F>
void ignoring_errors(F&& call) {
  try {
    call();
  } catch (const Error&) {  // the other side may have ended meanwhile; its end is told elsewhere
  }
}

}  // namespace

void require_terminal(const Console& console, bool tty, bool attach_stdin) {
  if (tty && attach_stdin && !console.in_is_terminal()) {
    fail(Kind::invalid, "the input device is not a TTY");
  }
}

std::string detach_bytes(const std::string& text) {
  return api::parse_detach_keys(text.empty() ? std::string(kDefaultKeys) : text);
}

TerminalSession::TerminalSession(bool tty, bool send_stdin, Resize resize, Kill kill)
    : tty_(tty), send_stdin_(send_stdin), resize_(std::move(resize)), kill_(std::move(kill)) {
  if (tty_) {
    signals_.emplace({SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT});
  } else if (kill_) {
    signals_.emplace(
        {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP, SIGALRM});
  }
}

void TerminalSession::send_size() const {
  const auto size = window_size(STDOUT_FILENO);
  if (tty_ && size) ignoring_errors([&] { resize_(*size); });
}

void TerminalSession::send_changed_size() const {
  const auto size = window_size(STDOUT_FILENO);
  if (!tty_ || !size) return;
  ignoring_errors([&] { resize_({.rows = size->rows + 1, .columns = size->columns + 1}); });
  send_size();
}

void TerminalSession::on_signal(int number) const {
  if (number == SIGWINCH) return send_size();
  // With a terminal, keys reach the program as bytes: a signal can only be meant for us.
  if (tty_) throw Interrupted{number};
  const char* name = sigabbrev_np(number);
  if (name != nullptr) ignoring_errors([&] { kill_(name); });
}

PumpEnd TerminalSession::run(client::HijackedStream stream, const std::string& detach_keys,
                             Console& console) {
  if (tty_ && send_stdin_) raw_mode_.emplace(STDIN_FILENO);
  PumpSpec spec;
  spec.tty = tty_;
  spec.send_stdin = send_stdin_;
  spec.detach_keys = tty_ ? detach_keys : "";
  spec.signals = signals_ ? &*signals_ : nullptr;
  spec.on_signal = [this](int number) { on_signal(number); };
  try {
    const PumpEnd end = pump(std::move(stream), spec, console);
    raw_mode_.reset();
    return end;
  } catch (const Interrupted& interrupted) {  // the terminal first, then the end
    raw_mode_.reset();
    end_by(interrupted.signal);
  }
}

int run_attached(Invocation& call, const AttachWish& wish, AfterStart condition) {
  auto& containers = call.api().containers();
  const std::string keys = detach_bytes(wish.detach_keys);
  const std::string& ref = wish.container;
  TerminalSession::Kill kill;
  if (wish.proxy_signals && !wish.tty) {
    kill = [&](const std::string& signal) { containers.kill(ref, signal); };
  }
  TerminalSession session(
      wish.tty, wish.send_stdin,
      [&](WindowSize size) { containers.resize(ref, size.rows, size.columns); }, std::move(kill));
  client::AttachQuery query;
  query.stdin_open = wish.send_stdin;
  query.stdout_open = wish.want_stdout;
  query.stderr_open = wish.want_stderr;
  query.detach_keys = wish.detach_keys;
  client::HijackedStream stream = from_daemon([&] { return containers.attach(ref, query); });
  client::Waiting waiting = from_daemon([&] {
    return containers.wait(ref, condition == AfterStart::removed ? "removed" : "next-exit");
  });
  try {
    from_daemon([&] { containers.start(ref); });
  } catch (const Error&) {
    // The daemon removes what could not start: then only are we done.
    if (condition == AfterStart::removed) ignoring_errors([&] { waiting.finish(); });
    throw;
  }
  session.send_size();
  if (session.run(std::move(stream), keys, call.console) == PumpEnd::detached) return 0;
  const api::ContainerWait result = from_daemon([&] { return waiting.finish(); });
  if (result.error) fail(Kind::system, "{}", result.error->message);
  return static_cast<int>(result.status_code);
}

}  // namespace mydock::cli
