#include "http/client_connection.h"

#include <fmt/format.h>

#include "base/error.h"

namespace mydock::http {

namespace {

constexpr std::size_t kPiece = std::size_t{64} << 10;

HeadLimits client_limits() {
  return {.bytes = std::size_t{64} << 10, .headers = 200, .target = std::size_t{64} << 10};
}

std::string head_of(const Outgoing& outgoing, std::string_view host) {
  std::string head =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", outgoing.method, outgoing.target, host);
  for (const auto& [name, value] : outgoing.headers) {
    head += fmt::format("{}: {}\r\n", name, value);
  }
  if (outgoing.body_source != nullptr) {
    head += outgoing.source_length ? fmt::format("Content-Length: {}\r\n", *outgoing.source_length)
                                   : "Transfer-Encoding: chunked\r\n";
  } else if (outgoing.has_body || !outgoing.body.empty()) {
    head += fmt::format("Content-Length: {}\r\n", outgoing.body.size());
  } else if (outgoing.method == "POST" || outgoing.method == "PUT") {
    head += "Content-Length: 0\r\n";
  }
  head += "\r\n";
  return head;
}

}  // namespace

bool ClientConnection::is_fresh() const { return wire_.buffered().empty() && !wire_.readable(); }

void ClientConnection::send(const Outgoing& outgoing, std::string_view host) {
  const auto kind = outgoing.method == "HEAD" ? MessageParser::Kind::response_to_head
                                              : MessageParser::Kind::response;
  parser_ = MessageParser(kind, client_limits());
  answered_ = sent_all_ = false;
  std::string head = head_of(outgoing, host);
  if (outgoing.body_source == nullptr) head += outgoing.body;
  wire_.stop_writes = outgoing.stop;
  try {
    wire_.send(head);
    sent_all_ = outgoing.body_source == nullptr || send_body(outgoing);
  } catch (const Error& error) {
    // The server has closed before it had everything; its answer, if there is one, says why.
    if (error.error_number() != EPIPE && error.error_number() != ECONNRESET) throw;
  }
}

// False: the server has answered before it had everything.
bool ClientConnection::send_body(const Outgoing& outgoing) {
  std::vector<std::byte> piece(kPiece);
  while (const std::size_t count = outgoing.body_source->read(piece)) {
    if (wire_.readable()) return false;
    const ConstBytes bytes = ConstBytes(piece).first(count);
    if (outgoing.source_length) {
      wire_.send(as_text(bytes));
    } else {
      send_chunk(wire_, bytes);
    }
  }
  if (!outgoing.source_length) wire_.send(kLastChunk);
  return true;
}

void ClientConnection::read_head(const Outgoing& outgoing, Response& response) {
  for (;;) {
    while (!parser_.head_done()) {
      if (!wire_.buffered().empty()) wire_.take(parser_.take_head(wire_.buffered()));
      if (parser_.refused() != 0) fail(Kind::invalid, "malformed HTTP response");
      if (parser_.head_done()) break;
      if (!wire_.fill(outgoing.stop, outgoing.deadline)) {
        fail(Kind::unavailable, "the server closed the connection without an answer: EOF");
      }
      answered_ = true;
    }
    const int status = parser_.head().status;
    if (status >= 200 || status == 101) break;
    const auto kind = outgoing.method == "HEAD" ? MessageParser::Kind::response_to_head
                                                : MessageParser::Kind::response;
    parser_ = MessageParser(kind, client_limits());
  }
  Head& head = parser_.head();
  response.status_ = head.status;
  response.reason_ = std::move(head.reason);
  response.headers_ = std::move(head.headers);
}

}  // namespace mydock::http
