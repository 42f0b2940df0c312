#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/reactor.h"
#include "network/dns/message.h"

namespace mydock::network::dns {

enum class Transport { udp, tcp };

// One query put to name servers of the host, one after the other, until one has an answer. Lives on
// the reactor's thread.
class Exchange {
 public:
  // Gets the answer as it came, with the query's own id; empty: nobody answered.
  using Done = std::function<void(Message)>;

  // `done` runs once, later, and may destroy this.
  Exchange(Reactor& reactor, Transport transport, const std::vector<Address>& servers,
           Message query, Done done);
  void start() { try_next(); }

 private:
  void try_next();
  void connect_to(Address server);
  void read_datagram();
  void send_stream();
  void read_stream();
  void take(Message answer);
  void finish(Message answer);

  Reactor& reactor_;
  const Transport transport_;
  const std::vector<Address> servers_;
  std::size_t next_ = 0;
  Message query_;     // with an id of our own, so that nobody can guess it from the container's
  std::uint16_t id_;  // the container's
  Done done_;
  Message refusal_;  // a server's own failure, for when no other does better
  Message received_;
  Fd socket_;
  Reactor::Watch ready_;
  Reactor::Watch timer_;
};

}  // namespace mydock::network::dns
