#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock {

// Where bytes come from: a file, a socket, an unpacker; they compose.
class Source {
 public:
  virtual ~Source() = default;
  // Blocks until at least one byte is there; 0 is the end.
  virtual std::size_t read(Bytes buffer) = 0;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Takes all of `bytes`, or throws.
  virtual void write(ConstBytes bytes) = 0;
  void write(std::string_view text) { write(as_bytes(text)); }
};

class FdSource final : public Source {
 public:
  explicit FdSource(Fd fd) : fd_(std::move(fd)) {}
  std::size_t read(Bytes buffer) override { return read_some(fd_, buffer); }

 private:
  Fd fd_;
};

class FdSink final : public Sink {
 public:
  using Sink::write;
  explicit FdSink(Fd fd) : fd_(std::move(fd)) {}
  void write(ConstBytes bytes) override { write_all(fd_, bytes); }
  const Fd& fd() const { return fd_; }

 private:
  Fd fd_;
};

// Reads from text that it holds.
class TextSource final : public Source {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(Bytes buffer) override;

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class TextSink final : public Sink {
 public:
  using Sink::write;
  void write(ConstBytes bytes) override { text_ += as_text(bytes); }
  std::string take() { return std::move(text_); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Moves everything; returns the number of bytes.
std::uint64_t copy(Source& from, Sink& to);

}  // namespace mydock
