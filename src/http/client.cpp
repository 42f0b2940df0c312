#include "http/client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/error.h"
#include "http/client_connection.h"

namespace mydock::http {

namespace {

constexpr std::size_t kKeptConnections = 6;

class ResponseBody final : public Source {
 public:
  ResponseBody(ClientConnection& connection, std::stop_token stop, Deadline deadline)
      : source_(connection.wire(), connection.parser()) {
    source_.stop = std::move(stop);
    source_.deadline = deadline;
  }
  std::size_t read(Bytes buffer) override { return source_.read(buffer); }

 private:
  BodySource source_;
};

Fd connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    fail(Kind::invalid, "unix socket path \"{}\" is too long", path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Fd socket(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) {
    throw Error(
        Kind::unavailable,
        fmt::format("connect to unix://{}: {}", path, std::generic_category().message(errno)),
        errno);
  }
  return socket;
}

Fd connect_tcp(const Address& to) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
  if (failed != 0) fail(Kind::unavailable, "look up {}: {}", to.host, ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  int error = 0;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Fd socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (socket && ::connect(socket.get(), at->ai_addr, at->ai_addrlen) == 0) {
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return socket;
    }
    error = errno;
  }
  throw Error(Kind::unavailable,
              fmt::format("connect to tcp://{}:{}: {}", to.host, to.port,
                          std::generic_category().message(error)),
              error);
}

}  // namespace

Fd connect_to(const Address& address) {
  return address.unix_path.empty() ? connect_tcp(address) : connect_unix(address.unix_path);
}

Response::Response() = default;
Response::Response(Response&&) noexcept = default;
Response& Response::operator=(Response&& other) noexcept {
  Response old(std::move(*this));  // keeps its connection, when that can be
  status_ = other.status_;
  reason_ = std::move(other.reason_);
  headers_ = std::move(other.headers_);
  body_ = std::move(other.body_);
  connection_ = std::move(other.connection_);
  pool_ = std::move(other.pool_);
  return *this;
}

Response::~Response() {
  if (!connection_ || !connection_->may_be_kept()) return;
  const auto pool = pool_.lock();
  if (!pool) return;
  connection_->set_reused();
  Lock lock(pool->mutex);
  if (pool->idle.size() < pool->most) pool->idle.push_back(std::move(connection_));
}

std::string Response::header(std::string_view name) const {
  const std::string* value = find_header(headers_, name);
  return value != nullptr ? *value : std::string();
}

Source& Response::body() {
  if (!body_) fail(Kind::invalid, "the response has no body any more");
  return *body_;
}

std::string Response::read_body(std::size_t limit) { return read_all(body(), limit); }

Hijacked Response::hijack() {
  if (!connection_) fail(Kind::invalid, "the response has no connection any more");
  body_.reset();
  Hijacked hijacked{.socket = {}, .pending = connection_->wire().take_all()};
  hijacked.socket = connection_->wire().release();
  connection_.reset();
  return hijacked;
}

Client::Client(Address address, std::string host_header)
    : address_(std::move(address)),
      host_header_(std::move(host_header)),
      pool_(std::make_shared<ClientPool>()) {}

Client::Client(Connector connect, std::string host_header)
    : connect_(std::move(connect)),
      host_header_(std::move(host_header)),
      pool_(std::make_shared<ClientPool>()) {
  pool_->most = kKeptConnections;
}

Client::~Client() = default;

std::unique_ptr<ClientConnection> Client::new_connection(const std::stop_token& stop) const {
  if (connect_) return std::make_unique<ClientConnection>(Wire(connect_(stop)));
  return std::make_unique<ClientConnection>(Wire(connect_to(address_)));
}

std::unique_ptr<ClientConnection> Client::take_connection(const std::stop_token& stop) {
  for (;;) {
    std::unique_ptr<ClientConnection> kept;
    {
      Lock lock(pool_->mutex);
      if (!pool_->idle.empty()) {
        kept = std::move(pool_->idle.back());
        pool_->idle.pop_back();
      }
    }
    if (!kept) return new_connection(stop);
    if (kept->is_fresh()) return kept;
  }
}

Response Client::request(const Outgoing& outgoing) {
  auto connection = take_connection(outgoing.stop);
  Response response;
  try {
    connection->send(outgoing, host_header_);
    connection->read_head(outgoing, response);
  } catch (const Error& error) {
    // The server may close a kept connection in the very moment. What changes something is not sent
    // twice: nobody knows whether it was done (RFC 9110 9.2.2).
    const bool again = connection->reused() && !connection->answered() &&
                       (outgoing.method == "GET" || outgoing.method == "HEAD") &&
                       error.kind() != Kind::cancelled && error.kind() != Kind::deadline;
    if (!again) throw;
    connection = new_connection(outgoing.stop);
    connection->send(outgoing, host_header_);
    connection->read_head(outgoing, response);
  }
  response.body_ =
      std::make_unique<ResponseBody>(*connection, outgoing.stop, outgoing.body_deadline);
  response.connection_ = std::move(connection);
  response.pool_ = pool_;
  return response;
}

}  // namespace mydock::http
