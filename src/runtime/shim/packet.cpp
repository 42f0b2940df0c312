#include "runtime/shim/packet.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "runtime/shim/protocol.h"

namespace mydock::runtime::shim {

namespace {

constexpr std::size_t kMostFds = 4;

sockaddr_un address_of(const Fd& directory, std::string_view name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", directory.get(), name);
  if (path.size() >= sizeof(address.sun_path)) fail(Kind::invalid, "socket name too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

}  // namespace

std::optional<Packet> receive(const Fd& socket) {
  Packet packet;
  ssize_t size = 0;
  do {
    size = ::recv(socket.get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
  } while (size < 0 && errno == EINTR);
  if (size < 0 && errno == ECONNRESET) return std::nullopt;
  check(size, "receive from the other side of the shim's socket");
  if (static_cast<std::size_t>(size) > kLargestMessage) fail(Kind::invalid, "message too long");
  packet.text.resize(static_cast<std::size_t>(size));
  iovec part{packet.text.data(), packet.text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostFds)];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  const ssize_t got = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
  if (got == 0 || (got < 0 && errno == ECONNRESET)) return std::nullopt;
  check(got, "receive from the other side of the shim's socket");
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      packet.fds.emplace_back(fd);
    }
  }
  return packet;
}

bool send(const Fd& socket, std::string_view text, int fd, int flags) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(c), &fd, sizeof(int));
  }
  for (;;) {
    if (::sendmsg(socket.get(), &message, flags | MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return false;
    fail_errno("send {} bytes to the other side of the shim's socket", text.size());
  }
}

Fd listen_at(const fs::path& directory, std::string_view name) {
  const Fd folder = open_file(directory, O_PATH | O_DIRECTORY);
  Fd socket(check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "make a socket"));
  ::unlinkat(folder.get(), std::string(name).c_str(), 0);
  const sockaddr_un address = address_of(folder, name);
  const mode_t mask = ::umask(0177);  // 0600 from the first moment
  const int rc = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  ::umask(mask);
  check(rc, "bind {}/{}", directory.native(), name);
  check(::listen(socket.get(), 16), "listen on {}/{}", directory.native(), name);
  return socket;
}

std::optional<Fd> connect_at(const fs::path& directory, std::string_view name) {
  const Fd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return std::nullopt;
  Fd socket(check(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), "make a socket"));
  const sockaddr_un address = address_of(folder, name);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return socket;
  }
  if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
  fail_errno("connect to {}/{}", directory.native(), name);
}

Peer peer_of(const Fd& socket) {
  ucred credentials{};
  socklen_t length = sizeof(credentials);
  check(::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &length),
        "ask who is at the other end");
  return {credentials.uid, credentials.pid};
}

}  // namespace mydock::runtime::shim
