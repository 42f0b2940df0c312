#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "network/address.h"

namespace mydock::network {

// An address and a port as the socket calls take them.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};
SocketAddress socket_address(Address host, std::uint16_t port);

}  // namespace mydock::network
