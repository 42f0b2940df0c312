#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "network/dns/exchange.h"
#include "network/dns/server.h"

namespace mydock::network::dns {

// One container's name server. Lives on the server's thread.
class Server::Resolver {
 public:
  Resolver(std::string container, ResolverSockets sockets, Upstream upstream,
           const Knowledge& knowledge, Reactor& reactor, Budget& budget);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

 private:
  using Reply = std::function<void(const Message&)>;
  struct Client;  // a TCP connection

  void read_datagrams();
  void handle(Message request, Transport transport, const Reply& reply);
  void forward(Message request, const Query& query, Transport transport, const Reply& reply);

  void accept_clients();
  void read_client(std::uint64_t id);
  void next_request(std::uint64_t id);
  void answer_client(std::uint64_t id, const Message& answer);
  void wait_for_client(std::uint64_t id);
  void drop_client(std::uint64_t id);

  const std::string container_;
  ResolverSockets sockets_;
  const Upstream upstream_;
  const Knowledge& knowledge_;
  Reactor& reactor_;
  Budget& budget_;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Exchange>> exchanges_;
  std::map<std::uint64_t, std::unique_ptr<Client>> clients_;
  Reactor::Watch udp_ready_;
  Reactor::Watch tcp_ready_;
};

}  // namespace mydock::network::dns
