#include "cli/terminal/terminal.h"

#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/error.h"

namespace mydock::cli {

bool is_terminal(int fd) { return isatty(fd) == 1; }

std::optional<WindowSize> window_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || (size.ws_row == 0 && size.ws_col == 0)) {
    return std::nullopt;
  }
  return WindowSize{size.ws_row, size.ws_col};
}

std::size_t terminal_columns() {
  const auto size = window_size(STDIN_FILENO);
  return size && size->columns > 0 ? size->columns : 80;
}

RawMode::RawMode(int fd) : fd_(fd) {
  termios mode{};
  if (tcgetattr(fd, &mode) != 0) return;
  saved_ = mode;
  cfmakeraw(&mode);
  check(tcsetattr(fd, TCSANOW, &mode), "set the terminal to raw mode");
}

void RawMode::restore() noexcept {
  if (saved_) tcsetattr(fd_, TCSANOW, &*saved_);
  saved_.reset();
}

SignalQueue::SignalQueue(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signals) sigaddset(&set, number);
  check(sigprocmask(SIG_BLOCK, &set, nullptr), "block signals");
  fd_ = Fd(check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "make a signal descriptor"));
}

std::optional<int> SignalQueue::next() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

}  // namespace mydock::cli
