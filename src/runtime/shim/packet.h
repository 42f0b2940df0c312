#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace mydock::runtime::shim {

struct Packet {
  std::string text;
  std::vector<Fd> fds;
};

// One packet of a SOCK_SEQPACKET socket; blocks. No value: the other side is gone.
// Errors: invalid (longer than kLargestMessage), system.
std::optional<Packet> receive(const Fd& socket);
// `flags`: MSG_DONTWAIT or 0. False: it would block, or the other side is gone. `fd`: -1 for none.
bool send(const Fd& socket, std::string_view text, int fd, int flags);

// DIRECTORY/NAME through the directory's descriptor: a path in a socket address has 107 bytes.
Fd listen_at(const fs::path& directory, std::string_view name);
// No value: nobody listens there.
std::optional<Fd> connect_at(const fs::path& directory, std::string_view name);
// The uid and pid of a connected socket's other end (of the one that listened, for a client).
struct Peer {
  uid_t uid = 0;
  pid_t pid = 0;
};
Peer peer_of(const Fd& socket);

}  // namespace mydock::runtime::shim
