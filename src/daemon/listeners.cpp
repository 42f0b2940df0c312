#include "daemon/listeners.h"

#include <fcntl.h>
#include <grp.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "http/server.h"

namespace mydock::daemon {

namespace {

constexpr int kFirstPassedFd = 3;  // sd_listen_fds(3)

gid_t group_id(const std::string& group) {
  if (const struct ::group* found = ::getgrnam(group.c_str())) return found->gr_gid;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), number);
  if (error == std::errc{} && end == group.data() + group.size()) return number;
  // Never wider than asked for: without the group only root may connect.
  if (group != "docker") fail(Kind::invalid, "group {} not found", group);
  log::debug("group docker not found: the socket is root's alone");
  return 0;
}

Fd listen_on_tcp(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  unsigned port = 0;
  const std::string_view digits =
      std::string_view(address).substr(colon == std::string::npos ? address.size() : colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port > 65535) {
    fail(Kind::invalid, "invalid bind address format: tcp://{}", address);
  }
  if (host != "127.0.0.1" && host != "localhost" && host != "[::1]") {
    fail(Kind::invalid,
         "refusing to listen on tcp://{}: whoever reaches the socket is root, and TLS is not "
         "implemented yet; use a loopback address or a unix socket",
         address);
  }
  log::warn("tcp://{}: every local user can reach this socket and is root through it", address);
  const std::string numeric = host == "[::1]" ? "::1" : "127.0.0.1";
  return http::listen_tcp(numeric, static_cast<std::uint16_t>(port));
}

std::vector<Fd> passed_sockets() {
  const char* count_text = std::getenv("LISTEN_FDS");
  const char* pid_text = std::getenv("LISTEN_PID");
  if (count_text == nullptr || pid_text == nullptr || std::atoi(pid_text) != ::getpid()) {
    fail(Kind::invalid,
         "no sockets found via socket activation: make sure the service was started "
         "by systemd");
  }
  std::vector<Fd> sockets;
  for (int i = 0; i < std::atoi(count_text); ++i) {
    Fd socket(kFirstPassedFd + i);
    check(::fcntl(socket.get(), F_SETFD, FD_CLOEXEC), "take passed socket {}", socket.get());
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

}  // namespace

std::vector<Fd> open_listeners(const std::string& host, const std::string& group) {
  if (host.starts_with("fd://")) return passed_sockets();
  std::vector<Fd> sockets;
  if (host.starts_with("tcp://")) {
    sockets.push_back(listen_on_tcp(host.substr(6)));
    return sockets;
  }
  const fs::path path = host.substr(7);
  if (!path.is_absolute()) fail(Kind::invalid, "invalid bind address format: {}", host);
  make_directories(path.parent_path(), 0755);
  sockets.push_back(http::listen_unix(path, 0660, group_id(group)));
  return sockets;
}

}  // namespace mydock::daemon
