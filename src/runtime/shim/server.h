#pragma once

#include <memory>
#include <vector>

#include "runtime/shim/container.h"
#include "runtime/shim/loop.h"
#include "runtime/shim/packet.h"
#include "runtime/shim/protocol.h"

namespace mydock::runtime::shim {

// Takes requests from daemons and gives them to the container.
class Server {
 public:
  explicit Server(Loop& loop) : loop_(loop) {}

  void set_container(Container& container) { container_ = &container; }
  // BUNDLE/shim.sock, for root alone.
  void listen(const fs::path& bundle);
  void adopt(Fd connection);
  // To all that are connected. False: nobody is.
  bool broadcast(const Message& event);

 private:
  struct Connection {
    std::uint64_t serial = 0;
    Fd socket;
    Loop::Watch watch;
    bool gone = false;
  };

  void on_accept();
  void on_readable(Connection& connection);
  void answer(std::uint64_t serial, std::uint64_t id, Message message);
  void dispatch(Connection& connection, Request& request, Fd stream);
  void send_to(Connection& connection, const Message& message);
  void sweep();

  Loop& loop_;
  Container* container_ = nullptr;
  Fd listener_;
  Loop::Watch listen_watch_;
  Loop::Watch sweep_timer_;
  std::uint64_t last_serial_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace mydock::runtime::shim
