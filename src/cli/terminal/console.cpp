#include "cli/terminal/console.h"

#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "cli/format/unicode.h"
#include "cli/terminal/terminal.h"

namespace mydock::cli {

namespace {
constexpr std::size_t kKeep = 32768;
}  // namespace

Console::Console()
    : in_is_terminal_(is_terminal(STDIN_FILENO)),
      out_is_terminal_(is_terminal(STDOUT_FILENO)),
      err_is_terminal_(is_terminal(STDERR_FILENO)) {}

Console::~Console() {
  try {
    flush();
  } catch (const Error&) {  // nobody reads any more, and there is nobody to tell
  }
}

void Console::write(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) {
      // As any filter ends whose reader went away; the program ignores the signal for its sockets.
      std::signal(SIGPIPE, SIG_DFL);
      std::raise(SIGPIPE);
    }
    check(count, "write to standard {}", fd == STDERR_FILENO ? "error" : "output");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Console::text(std::string_view text) {
  pending_ += out_is_terminal_ ? escape_controls(text) : std::string(text);
  if (pending_.size() >= kKeep) flush();
}

void Console::line(std::string_view text) {
  this->text(text);
  pending_ += '\n';
}

void Console::err(std::string_view text) {
  err_raw((err_is_terminal_ ? escape_controls(text) : std::string(text)) + "\n");
}

void Console::err_raw(std::string_view text) {
  flush();
  write(STDERR_FILENO, text);
}

void Console::bytes(std::string_view bytes) {
  flush();
  write(STDOUT_FILENO, bytes);
}

void Console::flush() {
  const std::string text = std::exchange(pending_, {});
  write(STDOUT_FILENO, text);
}

}  // namespace mydock::cli
