#include "http/connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"

namespace mydock::http {

namespace {

constexpr std::size_t kDrainBytes = std::size_t{1} << 20;
constexpr std::chrono::seconds kDrainTime{2};
constexpr std::chrono::seconds kLingerTime{10};
constexpr std::chrono::milliseconds kReadTime{20};

HeadLimits head_limits(const Limits& limits) {
  return {.bytes = limits.head_bytes, .headers = limits.headers, .target = limits.target_bytes};
}

bool names(const std::string* header, std::string_view token) {
  return header != nullptr && ::strcasecmp(header->c_str(), std::string(token).c_str()) == 0;
}

// Some clients (docker's Python library is one) read a head through a buffer, and what follows past
// it: what they get in one piece with the head they lose. So nothing follows until it was read, or
// a while has passed. Docker's daemon is slow enough not to need this.
void let_read(const Fd& socket) {
  const auto deadline = std::chrono::steady_clock::now() + kReadTime;
  int unread = 0;
  while (::ioctl(socket.get(), SIOCOUTQ, &unread) == 0 && unread > 0 &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::microseconds(30));
  }
}

}  // namespace

class Connection::ChunkSink final : public Sink {
 public:
  using Sink::write;
  ChunkSink(Wire& wire, bool chunked, bool silent)
      : wire_(wire), chunked_(chunked), silent_(silent) {}
  void write(ConstBytes bytes) override {
    if (bytes.empty() || silent_) return;
    if (chunked_) {
      send_chunk(wire_, bytes);
    } else {
      wire_.send(as_text(bytes));
    }
  }
  void end() {
    if (chunked_ && !silent_) wire_.send(kLastChunk);
  }

 private:
  Wire& wire_;
  bool chunked_;
  bool silent_;  // an answer to HEAD
};

class Connection::RequestBody final : public Source {
 public:
  explicit RequestBody(Connection& connection)
      : connection_(connection), source_(connection.wire_, connection.parser_) {}
  std::size_t read(Bytes buffer) override {
    if (std::exchange(connection_.expects_continue_, false)) {
      connection_.wire_.send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    return source_.read(buffer);
  }

 private:
  Connection& connection_;
  BodySource source_;
};

HangupWatcher& Hangups::watcher() {
  Lock lock(mutex_);
  if (!watcher_) watcher_ = std::make_unique<HangupWatcher>();
  return *watcher_;
}

Connection::Connection(Fd socket, const Handler& handler, const Limits& limits, Hangups& hangups)
    : handler_(handler),
      limits_(limits),
      hangups_(hangups),
      wire_(std::move(socket)),
      parser_(MessageParser::Kind::request, head_limits(limits)) {}

Connection::~Connection() { forget_hangup(); }

void Connection::serve() {
  set_receive_timeout(limits_.idle_time);
  while (keep_) {
    parser_ = MessageParser(MessageParser::Kind::request, head_limits(limits_));
    if (!read_head()) return;
    serve_one();
    if (hijacked_) return;
  }
  linger();
}

// Closing while the client still sends would reset the connection, and it might never see the
// answer: so it is told that this is the end, and what it sends is dropped for a while.
void Connection::linger() {
  ::shutdown(wire_.socket().get(), SHUT_WR);
  if (parser_.done() && wire_.buffered().empty()) return;
  const Deadline end = deadline_after(kLingerTime);
  try {
    do {
      wire_.take(wire_.buffered().size());
    } while (wire_.fill({}, std::min(end, deadline_after(kDrainTime))));
  } catch (const Error&) {
    return;  // quiet for too long, or broken: it does not listen
  }
}

void Connection::set_receive_timeout(std::chrono::seconds timeout) {
  const timeval value{.tv_sec = timeout.count(), .tv_usec = 0};
  ::setsockopt(wire_.socket().get(), SOL_SOCKET, SO_RCVTIMEO, &value, sizeof(value));
}

bool Connection::wait_for_request() {
  try {
    return !wire_.buffered().empty() || wire_.fill();
  } catch (const Error&) {
    return false;  // idle for too long, or broken: nobody is there to be told
  }
}

bool Connection::read_head() {
  if (!wait_for_request()) return false;
  const Deadline deadline = deadline_after(limits_.head_time);
  for (;;) {
    wire_.take(parser_.take_head(wire_.buffered()));
    if (parser_.refused() != 0) {
      refuse(parser_.refused());
      return false;
    }
    if (parser_.head_done()) return true;
    try {
      if (!wire_.fill({}, deadline)) return false;
    } catch (const Error& error) {
      if (error.kind() == Kind::deadline) refuse(408);
      return false;
    }
  }
}

void Connection::serve_one() {
  Request request(*this);
  Head& head = parser_.head();
  method_ = request.method_ = std::move(head.method);
  request.target_ = std::move(head.target);
  request.headers_ = std::move(head.headers);
  request.minor_version_ = head.minor_version;
  http_1_0_ = head.minor_version == 0;
  keep_ = parser_.keep_alive();
  expects_continue_ = names(request.find_header("Expect"), "100-continue");
  body_.reset();
  if (!request.split_target()) return refuse(400);
  // RFC 9112 3.2: exactly one Host; its value is nobody's business here.
  Responder responder(*this);
  run_handler(request, responder);
  forget_hangup();
  if (hijacked_ || !keep_) return;
  if (!parser_.done() && !drain_body()) keep_ = false;
  if (body_) set_receive_timeout(limits_.idle_time);
  stream_.reset();
  Lock lock(mutex_);
  gone_.reset();
  if (stopped_) keep_ = false;
}

// The connection is a boundary: what a handler throws ends here.
void Connection::run_handler(Request& request, Responder& responder) {
  std::string message;
  try {
    handler_(request, responder);
    if (!responder.started()) responder.send_status(204);
    if (stream_ && !hijacked_) stream_->end();
    return;
  } catch (const std::exception& error) {
    message = error.what();
  }
  if (hijacked_) return;
  try {
    if (!responder.started()) {
      responder.send(500, "application/json", "{\"message\":\"internal error\"}\n");
      log::error("{} {}: {}", request.method(), request.target(), message);
    } else {
      keep_ = false;  // the client sees an incomplete body
    }
  } catch (const Error&) {
    keep_ = false;  // the client is gone
  }
}

void Connection::refuse(int status) {
  keep_ = false;
  const std::string_view reason = reason_of(status);
  const std::string body = fmt::format("{{\"message\":\"{}\"}}\n", reason);
  try {
    wire_.send(
        fmt::format("HTTP/1.1 {} {}\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                    status, reason, body.size(), body));
  } catch (const Error&) {
    return;  // it does not listen
  }
  linger();
}

// Whether the rest of the body may be small enough; a client that is told early sends no more.
bool Connection::can_drain() const {
  if (parser_.done()) return true;
  return !expects_continue_ && parser_.content_length().value_or(kDrainBytes) < kDrainBytes;
}

// A small rest of a body is read, so that the connection can go on. False: it cannot.
bool Connection::drain_body() {
  if (expects_continue_) return false;  // the client waits, or sends: nobody knows
  BodySource rest(wire_, parser_);
  rest.deadline = deadline_after(kDrainTime);
  std::array<std::byte, 8192> piece{};
  try {
    std::size_t left = kDrainBytes;
    while (const std::size_t count = rest.read(piece)) {
      if (count > left) return false;
      left -= count;
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

Source& Connection::body() {
  if (!body_) {
    body_ = std::make_unique<RequestBody>(*this);
    // A stream may pause for as long as it likes: `docker load` at the end of a slow pipe.
    set_receive_timeout(std::chrono::seconds(0));
  }
  return *body_;
}

std::string Connection::read_body(std::size_t limit) {
  if (parser_.content_length().value_or(0) > limit) {
    fail(Kind::invalid, "body is longer than {} bytes", limit);
  }
  RequestBody whole(*this);
  return read_all(whole, limit);
}

std::stop_token Connection::gone() {
  std::stop_source source(std::nostopstate);
  {
    Lock lock(mutex_);
    if (gone_) return gone_->get_token();
    source = gone_.emplace();
    if (stopped_) source.request_stop();  // nobody has the token yet: no callback runs
  }
  // A stop() that comes in between finds the source already.
  if (!source.stop_requested()) hangup_id_ = hangups_.watcher().add(wire_.socket(), source);
  return source.get_token();
}

void Connection::forget_hangup() {
  if (const std::uint64_t id = std::exchange(hangup_id_, 0)) {
    hangups_.watcher().remove(id, wire_.socket());
  }
}

void Connection::stop() {
  std::optional<std::stop_source> source;
  {
    Lock lock(mutex_);
    stopped_ = true;
    if (hijacked_) return;
    source = gone_;
    ::shutdown(wire_.socket().get(), SHUT_RD);  // wakes a read
  }
  if (source) source->request_stop();  // runs callbacks: not under the lock
}

void Connection::cut() {
  Lock lock(mutex_);
  if (!hijacked_) ::shutdown(wire_.socket().get(), SHUT_RDWR);
}

void Connection::send_head(const Responder& responder, int status, std::string_view framing,
                           std::string_view body) {
  expects_continue_ = expects_continue_ && !parser_.done();
  if (status >= 400 && !can_drain()) keep_ = false;
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", status, reason_of(status));
  for (const auto& [name, value] : responder.headers()) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  out += framing;
  if (!keep_) {
    out += "Connection: close\r\n";
  } else if (http_1_0_) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  out += body;
  wire_.send(out);
}

Sink& Connection::begin_stream(const Responder& responder, int status) {
  if (http_1_0_) keep_ = false;
  send_head(responder, status, http_1_0_ ? "" : "Transfer-Encoding: chunked\r\n", {});
  stream_ = std::make_unique<ChunkSink>(wire_, !http_1_0_, method_ == "HEAD");
  return *stream_;
}

void Connection::end_stream() {
  if (stream_) stream_->end();
  stream_.reset();
}

Hijacked Connection::hijack(std::string_view raw_head) {
  if (!parser_.done() && !parser_.chunked()) {
    // The rest of a body is not input of the stream that follows.
    if (!drain_body()) fail(Kind::invalid, "request body too long for a hijacked connection");
  }
  forget_hangup();
  set_receive_timeout(std::chrono::seconds(0));
  if (!raw_head.empty()) {
    wire_.send(raw_head);
    let_read(wire_.socket());
  }
  keep_ = false;
  Lock lock(mutex_);
  hijacked_ = true;
  std::string pending = wire_.take_all();
  return {.socket = wire_.release(), .pending = std::move(pending)};
}

}  // namespace mydock::http
