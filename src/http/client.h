#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/stop.h"
#include "base/stream.h"
#include "http/request.h"
#include "http/responder.h"

namespace mydock::http {

// Where a server is: a Unix socket's path, or host and port.
struct Address {
  std::string unix_path = {};
  std::string host = {};
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;
};
// Blocking, close-on-exec. Errors: unavailable ("connect to …: reason").
Fd connect_to(const Address& address);

class ClientConnection;
class Transport;
struct ClientPool;
// Makes a new connection to the server.
using Connector = std::function<std::unique_ptr<Transport>(const std::stop_token&)>;

// An answer whose body is read on demand. The connection goes back to its client at the body's end,
// and is closed when the answer is dropped before.
class Response {
 public:
  Response();
  Response(Response&&) noexcept;
  Response& operator=(Response&&) noexcept;
  ~Response();

  int status() const { return status_; }
  const std::string& reason() const { return reason_; }
  const Headers& headers() const { return headers_; }
  std::string header(std::string_view name) const;  // empty: not there
  Source& body();
  // The whole body. Errors: invalid, when it is longer than `limit` bytes.
  std::string read_body(std::size_t limit = std::size_t{64} << 20);
  // The connection, after a 101, or an answer that only the connection's end delimits.
  Hijacked hijack();

 private:
  friend class Client;
  friend class ClientConnection;
  int status_ = 0;
  std::string reason_;
  Headers headers_;
  std::unique_ptr<ClientConnection> connection_;
  std::unique_ptr<Source> body_;
  std::weak_ptr<ClientPool> pool_;
};

struct Outgoing {
  std::string method = "GET";
  std::string target = "/";
  Headers headers = {};
  std::string body = {};          // sent with Content-Length
  bool has_body = false;          // sends Content-Length: 0 for an empty body
  Source* body_source = nullptr;  // instead of `body`: chunked, or of the next's length
  std::optional<std::uint64_t> source_length = {};
  std::stop_token stop = {};    // while waiting for the head and reading the body
  Deadline deadline = {};       // for the head
  Deadline body_deadline = {};  // for the whole answer
};

// An HTTP/1.1 client of one server. Keeps an idle connection, by a Connector a few; several answers
// may be open at once. Safe on several threads.
class Client {
 public:
  explicit Client(Address address, std::string host_header = "localhost");
  Client(Connector connect, std::string host_header);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Returns at the answer's head. A kept connection that the server has closed is replaced once.
  // When the server answers before it took the whole body, the rest is not sent.
  // Errors: unavailable (no connection), system, invalid (not HTTP), cancelled, deadline.
  Response request(const Outgoing& outgoing);
  const Address& address() const { return address_; }

 private:
  std::unique_ptr<ClientConnection> take_connection(const std::stop_token& stop);
  std::unique_ptr<ClientConnection> new_connection(const std::stop_token& stop) const;
  Address address_;
  Connector connect_;
  std::string host_header_;
  std::shared_ptr<ClientPool> pool_;
};

}  // namespace mydock::http
