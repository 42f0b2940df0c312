#include "network/dns/resolver.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace mydock::network::dns {

namespace {

constexpr std::size_t kMaxExchanges = 100;  // of one container
constexpr std::size_t kMaxExchangesOfAll = 1000;
constexpr std::size_t kMaxClients = 16;
constexpr std::size_t kMaxClientsOfAll = 256;
constexpr std::size_t kMaxUdpQuery = 4096;
constexpr int kDatagramsAtOnce = 32;  // then the other resolvers have their turn
constexpr std::chrono::seconds kIdle{10};
constexpr std::size_t kMaxTcpAnswer = 65535;

Address address_of(const sockaddr_in& peer) { return {ntohl(peer.sin_addr.s_addr), false}; }

}  // namespace

struct Server::Resolver::Client {
  Fd socket;
  Message received{};
  Reactor::Watch ready{};
  Reactor::Watch again{};  // for a request that came with the last one
  Reactor::Watch idle{};
};

Server::Resolver::Resolver(std::string container, ResolverSockets sockets, Upstream upstream,
                           const Knowledge& knowledge, Reactor& reactor, Budget& budget)
    : container_(std::move(container)),
      sockets_(std::move(sockets)),
      upstream_(std::move(upstream)),
      knowledge_(knowledge),
      reactor_(reactor),
      budget_(budget) {
  udp_ready_ = reactor_.watch(sockets_.udp, [this] { read_datagrams(); });
  tcp_ready_ = reactor_.watch(sockets_.tcp, [this] { accept_clients(); });
}

Server::Resolver::~Resolver() {
  budget_.exchanges -= exchanges_.size();
  budget_.clients -= clients_.size();
}

void Server::Resolver::read_datagrams() {
  std::array<std::byte, kMaxUdpQuery> buffer;
  for (int i = 0; i < kDatagramsAtOnce; ++i) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const ssize_t length = ::recvfrom(sockets_.udp.get(), buffer.data(), buffer.size(), 0,
                                      reinterpret_cast<sockaddr*>(&peer), &size);
    if (length < 0) return;
    // Who has made the sandbox route 127.0.0.0/8 does not make it a server for the neighbours.
    const Address from = address_of(peer);
    if (!from.is_loopback() && !knowledge_.is_own(container_, from)) continue;
    handle(Message(buffer.begin(), buffer.begin() + length), Transport::udp,
           [this, peer](const Message& answer) {
             ::sendto(sockets_.udp.get(), answer.data(), answer.size(), MSG_NOSIGNAL,
                      reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
           });
  }
}

void Server::Resolver::handle(Message request, Transport transport, const Reply& reply) {
  const auto query = parse_query(request);
  if (!query) {
    if (is_query(request)) reply(make_format_error(request));
    return;
  }
  const Question& question = query->question;
  const Found found = knowledge_.look_up(container_, question);
  if (found.known) {
    if (question.type == kTypePtr)
      return reply(make_pointer_answer(request, *query, found.pointer));
    const std::size_t limit = transport == Transport::tcp ? kMaxTcpAnswer : query->udp_size;
    return reply(make_answer(request, *query, found.addresses, limit));
  }
  const bool single = question.name.find('.') == std::string::npos;
  if (!found.may_forward || upstream_.servers.empty()) {
    // A name without dots could only be a neighbour's; of others we know nothing.
    return reply(make_answer(request, *query, single ? Code::no_such_name : Code::server_failure));
  }
  const bool of_address = question.type == kTypeA || question.type == kTypeAaaa;
  if (single && of_address && upstream_.ndots_given) {
    return reply(make_answer(request, *query, Code::no_error));  // the search domains come next
  }
  forward(std::move(request), *query, transport, reply);
}

void Server::Resolver::forward(Message request, const Query& query, Transport transport,
                               const Reply& reply) {
  if (exchanges_.size() >= kMaxExchanges || budget_.exchanges >= kMaxExchangesOfAll) {
    return reply(make_answer(request, query, Code::server_failure));
  }
  const std::uint64_t id = ++next_id_;
  Message failure = make_answer(request, query, Code::server_failure);
  auto done = [this, id, reply, failure = std::move(failure)](Message answer) {
    reply(answer.empty() ? failure : answer);
    budget_.exchanges -= exchanges_.erase(id);
  };
  auto exchange = std::make_unique<Exchange>(reactor_, transport, upstream_.servers,
                                             std::move(request), std::move(done));
  Exchange& started = *exchange;
  exchanges_.emplace(id, std::move(exchange));
  ++budget_.exchanges;
  started.start();
}

void Server::Resolver::accept_clients() {
  while (true) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    Fd socket(::accept4(sockets_.tcp.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                        SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) return;
    const Address from = address_of(peer);
    if (clients_.size() >= kMaxClients || budget_.clients >= kMaxClientsOfAll) continue;
    if (!from.is_loopback() && !knowledge_.is_own(container_, from)) continue;
    const std::uint64_t id = ++next_id_;
    auto client = std::make_unique<Client>(Client{std::move(socket)});
    client->idle = reactor_.after(kIdle, [this, id] { drop_client(id); });
    clients_.emplace(id, std::move(client));
    ++budget_.clients;
    wait_for_client(id);
  }
}

void Server::Resolver::wait_for_client(std::uint64_t id) {
  Client& client = *clients_.at(id);
  client.ready = reactor_.watch(client.socket, [this, id] { read_client(id); });
}

void Server::Resolver::read_client(std::uint64_t id) {
  Client& client = *clients_.at(id);
  std::array<std::byte, 4096> buffer;
  const ssize_t length = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) return drop_client(id);
  client.received.insert(client.received.end(), buffer.begin(), buffer.begin() + length);
  next_request(id);
}

// One after the other: while one is worked on, what follows stays in the kernel's buffer.
void Server::Resolver::next_request(std::uint64_t id) {
  Client& client = *clients_.at(id);
  if (client.received.size() < 2) return;
  const std::size_t length = std::to_integer<std::size_t>(client.received[0]) << 8 |
                             std::to_integer<std::size_t>(client.received[1]);
  if (length < kHeaderSize || length > kMaxUdpQuery) return drop_client(id);
  if (client.received.size() < length + 2) return;
  const auto end = client.received.begin() + 2 + static_cast<std::ptrdiff_t>(length);
  Message request(client.received.begin() + 2, end);
  client.received.erase(client.received.begin(), end);
  client.ready = {};
  handle(std::move(request), Transport::tcp,
         [this, id](const Message& answer) { answer_client(id, answer); });
}

void Server::Resolver::answer_client(std::uint64_t id, const Message& answer) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;  // it hung up
  Client& client = *found->second;
  Message framed{static_cast<std::byte>(answer.size() >> 8),
                 static_cast<std::byte>(answer.size() & 0xff)};
  framed.insert(framed.end(), answer.begin(), answer.end());
  const ssize_t sent = ::send(client.socket.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
  // Who asks and does not read is let go.
  if (sent != static_cast<ssize_t>(framed.size())) return drop_client(id);
  client.idle = reactor_.after(kIdle, [this, id] { drop_client(id); });
  wait_for_client(id);
  if (client.received.size() < 2) return;
  client.again = reactor_.after({}, [this, id] { next_request(id); });
}

void Server::Resolver::drop_client(std::uint64_t id) { budget_.clients -= clients_.erase(id); }

}  // namespace mydock::network::dns
