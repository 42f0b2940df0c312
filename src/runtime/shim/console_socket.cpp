#include "runtime/shim/console_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/error.h"

namespace mydock::runtime::shim {

namespace {

constexpr const char* kName = "console.sock";

Fd take_fd(msghdr& header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return Fd(fd);
  }
  return {};
}

}  // namespace

ConsoleSocket::ConsoleSocket(const fs::path& directory)
    : directory_(open_file(directory, O_PATH | O_DIRECTORY)),
      socket_(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                    "make a console socket")) {
  ::unlinkat(directory_.get(), kName, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path().copy(address.sun_path, sizeof(address.sun_path) - 1);
  const mode_t mask = ::umask(0177);
  const int rc =
      ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  ::umask(mask);
  check(rc, "bind {}/{}", directory.native(), kName);
  check(::listen(socket_.get(), 1), "listen on {}/{}", directory.native(), kName);
}

ConsoleSocket::~ConsoleSocket() { ::unlinkat(directory_.get(), kName, 0); }

std::string ConsoleSocket::path() const {
  return fmt::format("/proc/{}/fd/{}/{}", ::getpid(), directory_.get(), kName);
}

Fd ConsoleSocket::receive() const {
  const Fd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!peer) fail_errno("take the terminal from the OCI runtime");
  std::array<char, 4096> text{};  // the terminal's name, which nobody needs
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  check(::recvmsg(peer.get(), &header, MSG_CMSG_CLOEXEC), "take the terminal from the OCI runtime");
  Fd master = take_fd(header);
  if (!master) fail(Kind::system, "the OCI runtime sent no terminal");
  return master;
}

}  // namespace mydock::runtime::shim
