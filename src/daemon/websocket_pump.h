#pragma once

#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "api/stream.h"
#include "base/fd.h"
#include "http/websocket.h"

namespace mydock::daemon {

// Moves bytes between a websocket and a stream as attach makes it, both ways, from construction
// until one side ends or a stop comes. What the stream's 8-byte frames hold goes out as it comes,
// stdout and stderr alike.
class WebsocketPump {
 public:
  struct Ends {
    Fd client = {};
    std::string pending = {};  // what the client sent after its request
    Fd stream = {};
    bool framed = false;
    http::Opcode opcode = http::Opcode::binary;  // of what goes out
  };
  WebsocketPump(Ends ends, const std::stop_token& stop);
  WebsocketPump(const WebsocketPump&) = delete;
  WebsocketPump& operator=(const WebsocketPump&) = delete;
  ~WebsocketPump();  // waits for the end

 private:
  void pump_input();
  void pump_output();
  bool take(const http::WebsocketReader::Frame& frame);  // false: the client is done
  void send(http::Opcode opcode, std::string_view payload);
  void end();

  Ends ends_;
  std::mutex sending_;
  std::stop_callback<std::function<void()>> on_stop_;
  std::jthread input_;
  std::jthread output_;
};

}  // namespace mydock::daemon
