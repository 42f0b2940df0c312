#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/mutex.h"
#include "http/hangup.h"
#include "http/server.h"
#include "http/wire.h"

namespace mydock::http {

// One per server: what connections share.
class Hangups {
 public:
  HangupWatcher& watcher();

 private:
  Mutex mutex_{Rank::leaf};
  std::unique_ptr<HangupWatcher> watcher_ GUARDED_BY(mutex_);
};

// Serves one client: request after request, until one side has enough or a handler hijacks it.
class Connection {
 public:
  Connection(Fd socket, const Handler& handler, const Limits& limits, Hangups& hangups);
  ~Connection();

  void serve();
  // From another thread: no further request; the current one's gone() stops.
  void stop();
  // From another thread, after stop: wakes even a write to a client that does not read.
  void cut();

  // For Request and Responder.
  Source& body();
  std::string read_body(std::size_t limit);
  const MessageParser& parser() const { return parser_; }
  std::stop_token gone();
  Wire& wire() { return wire_; }
  void send_head(const Responder& responder, int status, std::string_view framing,
                 std::string_view body);
  Sink& begin_stream(const Responder& responder, int status);
  void end_stream();
  Hijacked hijack(std::string_view raw_head);
  const std::string& method() const { return method_; }

 private:
  class ChunkSink;
  class RequestBody;
  bool read_head();
  bool wait_for_request();
  void serve_one();
  void run_handler(Request& request, Responder& responder);
  void refuse(int status);
  bool can_drain() const;
  bool drain_body();
  void linger();
  void forget_hangup();
  void set_receive_timeout(std::chrono::seconds timeout);

  const Handler& handler_;
  const Limits& limits_;
  Hangups& hangups_;
  Wire wire_;
  MessageParser parser_;
  std::unique_ptr<RequestBody> body_;
  std::unique_ptr<ChunkSink> stream_;
  std::string method_;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
  bool keep_ = true;
  bool hijacked_ = false;
  std::uint64_t hangup_id_ = 0;

  Mutex mutex_{Rank::leaf};
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::optional<std::stop_source> gone_ GUARDED_BY(mutex_);
};

std::string_view reason_of(int status);

}  // namespace mydock::http
