#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "http/request.h"

namespace mydock::http {

// RFC 6455, the server's side.

// The answer's head to a client that asks to upgrade. Errors: invalid (it does not, or not as it
// must).
std::string websocket_head(const Request& request);
// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};
std::string websocket_frame(Opcode opcode, std::string_view payload);
// A close frame's payload.
std::string websocket_close(std::uint16_t code);

// Takes a client's bytes apart.
class WebsocketReader {
 public:
  struct Frame {
    Opcode opcode = Opcode::binary;
    std::string payload;
  };
  void add(std::string_view bytes) { buffer_ += bytes; }
  // The next whole frame, unmasked; no value: more bytes are needed. Errors: invalid (no mask, a
  // payload of more than 1 MiB, reserved bits).
  std::optional<Frame> next();

 private:
  std::string buffer_;
};

}  // namespace mydock::http
