#pragma once

#include <termios.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include <csignal>

#include "base/fd.h"

namespace mydock::cli {

struct WindowSize {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  bool operator==(const WindowSize&) const = default;
};

bool is_terminal(int fd);
// No value when it is no terminal, or does not know its size.
std::optional<WindowSize> window_size(int fd);
// Of standard input, as docker wraps its help; 80 when that is no terminal.
std::size_t terminal_columns();

// While it lives, keys come one by one and unchanged, and output goes out unchanged. Does nothing
// for what is no terminal.
class RawMode {
 public:
  explicit RawMode(int fd);
  ~RawMode() { restore(); }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;
  void restore() noexcept;

 private:
  int fd_;
  std::optional<termios> saved_;
};

// Keeps these signals from acting, and makes them readable, for the rest of the program.
class SignalQueue {
 public:
  explicit SignalQueue(std::initializer_list<int> signals);
  const Fd& fd() const { return fd_; }
  // The next one; no value when there is none.
  std::optional<int> next() const;

 private:
  Fd fd_;
};

}  // namespace mydock::cli
