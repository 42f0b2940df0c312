#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/stream.h"
#include "http/request.h"

namespace mydock::http {

// A connection that is HTTP no longer.
struct Hijacked {
  Fd socket = {};  // blocking
  std::string
      pending;  // what the client sent after the request: it comes before the socket's bytes
};

// Answers one request: exactly one of send, begin_stream and hijack. Used by the handler's thread;
// the stream's Sink by one thread at a time.
class Responder {
 public:
  explicit Responder(Connection& connection) : connection_(connection) {}
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

  // For the head that is not sent yet. Replaces one of the same name.
  void header(std::string_view name, std::string_view value);
  const Headers& headers() const { return headers_; }

  // Content-Length is set; to HEAD the body is not sent.
  void send(int status, std::string_view content_type, std::string_view body);
  void send_status(int status);  // no body: 204, 304, or Content-Length: 0

  // Sends the head at once. Each write goes out at once, as one chunk; to an HTTP/1.0 client plain,
  // and the connection's end is the body's. A write fails with Error{system, EPIPE} when the client
  // is gone.
  Sink& begin_stream(int status, std::string_view content_type);
  // Otherwise done when the handler returns. A handler that throws after begin_stream breaks the
  // connection instead, so that the client sees an incomplete body.
  void end_stream();

  // Writes `raw_head` by itself and gives the connection away.
  Hijacked hijack(std::string_view raw_head);

  bool started() const { return started_; }
  int status() const { return status_; }  // 0: not started

 private:
  friend class Connection;
  void start(int status);

  Connection& connection_;
  Headers headers_;
  bool started_ = false;
  int status_ = 0;
};

}  // namespace mydock::http
