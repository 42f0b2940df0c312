#pragma once

#include <array>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/stop.h"
#include "http/message_parser.h"
#include "http/transport.h"

struct iovec;

namespace mydock::http {

// A blocking socket or a Transport, and the bytes read from it that nobody has taken yet.
class Wire {
 public:
  explicit Wire(Fd socket) : socket_(std::move(socket)) {}
  explicit Wire(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  const Fd& socket() const { return transport_ ? transport_->socket() : socket_; }
  Transport* transport() const { return transport_.get(); }
  Fd release() { return std::move(socket_); }
  ConstBytes buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void take(std::size_t count) { begin_ += count; }
  std::string take_all();

  // Reads more behind what is buffered; false at the end of input. Waits as long as the socket's
  // own timeout says. Errors: deadline; invalid, when the buffer is full; system.
  bool fill();
  bool fill(const std::stop_token& stop, Deadline deadline);
  // Whether fill() would return at once.
  bool readable() const;
  // One sendmsg for all of it if the socket takes it; never SIGPIPE. Errors: system.
  void send(std::string_view text);
  void send(std::span<iovec> pieces);

  std::stop_token stop_writes = {};  // interrupts a write to a Transport

  static constexpr std::size_t kBufferSize = std::size_t{72} << 10;

 private:
  bool receive(const std::stop_token& stop, Deadline deadline);
  void make_room();
  Fd socket_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t size_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// Writes each piece as one chunk, in one system call.
void send_chunk(Wire& wire, ConstBytes bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Decodes a message's body as it is read.
class BodySource final : public Source {
 public:
  BodySource(Wire& wire, MessageParser& parser) : wire_(wire), parser_(parser) {}
  std::size_t read(Bytes buffer) override;
  std::stop_token stop = {};  // where set, interrupts a read
  Deadline deadline = {};     // for one read

 private:
  bool fill();
  Wire& wire_;
  MessageParser& parser_;
};

// Reads all of `source`. Errors: invalid, when it is longer than `limit` bytes.
std::string read_all(Source& source, std::size_t limit);

}  // namespace mydock::http
