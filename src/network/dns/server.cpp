#include "network/dns/server.h"

#include "network/dns/resolver.h"

namespace mydock::network::dns {

Server::Server(Knowledge knowledge) : knowledge_(std::move(knowledge)) {}

Server::~Server() = default;

void Server::serve(const std::string& container, ResolverSockets sockets, Upstream upstream) {
  // A function object is copied, a socket is not.
  auto shared = std::make_shared<ResolverSockets>(std::move(sockets));
  reactor_.post([this, container, shared, upstream = std::move(upstream)] {
    resolvers_[container] = std::make_unique<Resolver>(container, std::move(*shared), upstream,
                                                       knowledge_, reactor_, budget_);
  });
}

void Server::end(const std::string& container) {
  reactor_.post([this, container] { resolvers_.erase(container); });
}

}  // namespace mydock::network::dns
