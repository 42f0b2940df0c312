#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/reactor.h"
#include "network/dns/message.h"
#include "network/kernel.h"

namespace mydock::network::dns {

// What the networks know of a name that a container asks for.
struct Found {
  bool known = false;                // a name of ours: nobody else is asked
  std::vector<Address> addresses{};  // in the order to give them
  std::string pointer{};             // for PTR
  bool may_forward = false;          // the container reaches the outside
};

// Both run on the server's thread and do not block.
struct Knowledge {
  std::function<Found(const std::string& container, const Question& question)> look_up;
  std::function<bool(const std::string& container, Address address)> is_own;
};

// How one container's names are looked up beyond ours.
struct Upstream {
  std::vector<Address> servers{};  // asked from the host's side, in order
  bool ndots_given = false;        // by the user: then a name without dots stays inside
};

// The name servers of all sandboxes, on a thread of their own: a container that floods its own
// delays nothing else of the daemon. What is pending is bounded for each and for all.
class Server {
 public:
  explicit Server(Knowledge knowledge);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes the place of what the container had.
  void serve(const std::string& container, ResolverSockets sockets, Upstream upstream);
  void end(const std::string& container);

 private:
  class Resolver;
  struct Budget {  // of all resolvers together
    std::size_t exchanges = 0;
    std::size_t clients = 0;
  };
  const Knowledge knowledge_;
  // Only the reactor's thread touches these; they outlive it, for its callbacks use them.
  Budget budget_;
  std::map<std::string, std::unique_ptr<Resolver>> resolvers_;
  Reactor reactor_;
};

}  // namespace mydock::network::dns
