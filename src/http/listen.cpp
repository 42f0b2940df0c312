#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/error.h"
#include "http/server.h"

namespace mydock::http {

namespace {

constexpr int kBacklog = 1024;

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    fail(Kind::invalid, "unix socket path \"{}\" is longer than {} bytes", path,
         sizeof(address.sun_path) - 1);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool somebody_listens(const sockaddr_un& address) {
  const Fd probe(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

Fd listen_unix(const fs::path& path, mode_t mode, gid_t group) {
  // Bound under another name and renamed when it is ready: nobody connects before mode and group
  // are set, and a stale socket is replaced without a gap.
  const std::string staged = path.string() + ".new";
  const sockaddr_un address = unix_address(staged);
  if (somebody_listens(unix_address(path.string()))) {
    fail(Kind::conflict, "listen on unix://{}: another server listens there", path.string());
  }
  Fd socket(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  ::unlink(staged.c_str());
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
        "listen on unix://{}", path.string());
  check(::chown(staged.c_str(), static_cast<uid_t>(-1), group), "set the group of {}", staged);
  check(::chmod(staged.c_str(), mode), "set the mode of {}", staged);
  check(::listen(socket.get(), kBacklog), "listen on unix://{}", path.string());
  check(::rename(staged.c_str(), path.c_str()), "rename {} to {}", staged, path.string());
  return socket;
}

Fd listen_tcp(const std::string& host, std::uint16_t port) {
  sockaddr_in6 v6{};
  sockaddr_in v4{};
  sockaddr* address = nullptr;
  socklen_t length = 0;
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address = reinterpret_cast<sockaddr*>(&v4);
    length = sizeof(v4);
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address = reinterpret_cast<sockaddr*>(&v6);
    length = sizeof(v6);
  } else {
    fail(Kind::invalid, "listen on tcp://{}:{}: not an IP address", host, port);
  }
  Fd socket(check(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  check(::bind(socket.get(), address, length), "listen on tcp://{}:{}", host, port);
  check(::listen(socket.get(), kBacklog), "listen on tcp://{}:{}", host, port);
  return socket;
}

std::uint16_t local_port(const Fd& listening) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  check(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &length),
        "ask a socket for its address");
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace mydock::http
