#include "daemon/websocket_pump.h"

#include <sys/socket.h>

#include <array>

#include "base/error.h"
#include "base/log.h"

namespace mydock::daemon {

namespace {

constexpr std::size_t kBuffer = 32768;
constexpr std::uint16_t kNormal = 1000;
constexpr std::uint16_t kProtocolError = 1002;

// The end of a thread: a side that has gone is how these streams end.
template <class F>
void until_gone(F&& body) {
  try {
    std::forward<F>(body)();
  } catch (const Error& error) {
    log::debug("websocket: {}", error.what());
  }
}

}  // namespace

WebsocketPump::WebsocketPump(Ends ends, const std::stop_token& stop)
    : ends_(std::move(ends)),
      on_stop_(stop, [this] { end(); }),
      input_([this] {
        until_gone([this] { pump_input(); });
        end();
      }),
      output_([this] {
        until_gone([this] { pump_output(); });
        end();
      }) {}

WebsocketPump::~WebsocketPump() = default;

// Both threads read, so both see it.
void WebsocketPump::end() {
  ::shutdown(ends_.stream.get(), SHUT_RDWR);
  ::shutdown(ends_.client.get(), SHUT_RDWR);
}

void WebsocketPump::send(http::Opcode opcode, std::string_view payload) {
  const std::lock_guard lock(sending_);
  write_all(ends_.client, http::websocket_frame(opcode, payload));
}

bool WebsocketPump::take(const http::WebsocketReader::Frame& frame) {
  switch (frame.opcode) {
    case http::Opcode::close:
      send(http::Opcode::close, http::websocket_close(kNormal));
      return false;
    case http::Opcode::ping:
      send(http::Opcode::pong, frame.payload);
      return true;
    case http::Opcode::pong:
      return true;
    default:
      write_all(ends_.stream, frame.payload);
      return true;
  }
}

void WebsocketPump::pump_input() {
  http::WebsocketReader reader;
  reader.add(ends_.pending);
  std::array<std::byte, kBuffer> buffer;
  try {
    for (;;) {
      while (const auto frame = reader.next()) {
        if (!take(*frame)) return;
      }
      const std::size_t count = read_some(ends_.client, buffer);
      if (count == 0) return;
      reader.add(as_text(ConstBytes(buffer).first(count)));
    }
  } catch (const Error& error) {
    if (error.kind() != Kind::invalid) throw;
    send(http::Opcode::close, http::websocket_close(kProtocolError));
  }
}

void WebsocketPump::pump_output() {
  api::FrameDecoder decoder;
  std::array<std::byte, kBuffer> buffer;
  while (const std::size_t count = read_some(ends_.stream, buffer)) {
    const ConstBytes bytes = ConstBytes(buffer).first(count);
    if (!ends_.framed) {
      send(ends_.opcode, as_text(bytes));
      continue;
    }
    decoder.feed(bytes, [&](api::StdStream, ConstBytes payload) {
      if (!payload.empty()) send(ends_.opcode, as_text(payload));
    });
  }
  send(http::Opcode::close, http::websocket_close(kNormal));
}

}  // namespace mydock::daemon
