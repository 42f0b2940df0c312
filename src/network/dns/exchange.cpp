#include "network/dns/exchange.h"

#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "network/socket_address.h"

namespace mydock::network::dns {

namespace {

// glibc's resolver gives up after 5 s: by then a second server must have had its chance.
constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::size_t kMaxServers = 3;  // resolv.conf(5), MAXNS
constexpr std::size_t kMaxMessage = 65535;

constexpr std::uint16_t kPort = 53;

std::uint16_t random_id() {
  std::uint16_t id = 0;
  check(::getrandom(&id, sizeof id, 0), "get random bytes");
  return id;
}

}  // namespace

Exchange::Exchange(Reactor& reactor, Transport transport, const std::vector<Address>& servers,
                   Message query, Done done)
    : reactor_(reactor),
      transport_(transport),
      servers_(servers.begin(), servers.begin() + static_cast<std::ptrdiff_t>(
                                                      std::min(servers.size(), kMaxServers))),
      query_(std::move(query)),
      id_(id_of(query_)),
      done_(std::move(done)) {}

void Exchange::try_next() {
  ready_ = {};
  timer_ = {};
  socket_.reset();
  while (next_ < servers_.size()) {
    connect_to(servers_[next_++]);
    if (socket_) {
      timer_ = reactor_.after(kPatience, [this] { try_next(); });
      return;
    }
  }
  finish(std::move(refusal_));
}

// Leaves no socket if the server cannot be reached at all.
void Exchange::connect_to(Address server) {
  const bool udp = transport_ == Transport::udp;
  const int type = (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  Fd socket(::socket(server.v6 ? AF_INET6 : AF_INET, type, 0));
  if (!socket) return;
  const SocketAddress to = socket_address(server, kPort);
  // Connected: the kernel lets only this server's answers in, and tells of a closed port.
  const int rc = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.size);
  if (rc != 0 && (udp || errno != EINPROGRESS)) return;
  set_id(query_, random_id());
  if (udp && ::send(socket.get(), query_.data(), query_.size(), MSG_NOSIGNAL) < 0) return;
  socket_ = std::move(socket);
  received_.clear();
  if (udp) {
    ready_ = reactor_.watch(socket_, [this] { read_datagram(); });
  } else {
    ready_ = reactor_.watch_writable_once(socket_, [this] { send_stream(); });
  }
}

void Exchange::read_datagram() {
  std::array<std::byte, kMaxMessage> buffer;
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) try_next();
    return;
  }
  Message answer(buffer.begin(), buffer.begin() + size);
  if (answers(answer, query_)) take(std::move(answer));
}

void Exchange::send_stream() {
  Message framed{static_cast<std::byte>(query_.size() >> 8),
                 static_cast<std::byte>(query_.size() & 0xff)};
  framed.insert(framed.end(), query_.begin(), query_.end());
  // A connection that is new has room for it.
  const ssize_t sent = ::send(socket_.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(framed.size())) return try_next();
  ready_ = reactor_.watch(socket_, [this] { read_stream(); });
}

void Exchange::read_stream() {
  std::array<std::byte, 16384> buffer;
  const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return try_next();
  received_.insert(received_.end(), buffer.begin(), buffer.begin() + size);
  if (received_.size() < 2) return;
  const std::size_t length =
      std::to_integer<std::size_t>(received_[0]) << 8 | std::to_integer<std::size_t>(received_[1]);
  if (received_.size() < length + 2) return;
  Message answer(received_.begin() + 2,
                 received_.begin() + 2 + static_cast<std::ptrdiff_t>(length));
  if (!answers(answer, query_)) return try_next();
  take(std::move(answer));
}

void Exchange::take(Message answer) {
  const Code code = code_of(answer);
  const bool failed = code == Code::server_failure || code == Code::refused;
  if (failed && next_ < servers_.size()) {
    refusal_ = std::move(answer);
    return try_next();
  }
  finish(std::move(answer));
}

void Exchange::finish(Message answer) {
  ready_ = {};
  timer_ = {};
  if (answer.size() >= kHeaderSize) set_id(answer, id_);
  const Done done = std::move(done_);
  done(std::move(answer));  // this may be gone now
}

}  // namespace mydock::network::dns
