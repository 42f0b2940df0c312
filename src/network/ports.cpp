#include "network/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

#include "base/error.h"

namespace mydock::network {

namespace {

// A socket bound to the address; no value: somebody else has it. Port 0: the kernel chooses.
std::optional<Fd> bind_port(std::string_view protocol, Address host, std::uint16_t port) {
  const bool tcp = protocol == "tcp";
  Fd fd(check(::socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0),
              "make a socket"));
  const int on = 1;
  // Connections of an earlier owner that are in TIME_WAIT do not matter. UDP has none, and there
  // the option would let two owners in.
  if (tcp) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host.value);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EADDRINUSE) return std::nullopt;
    fail_errno("failed to bind host port {}:{}/{}", to_string(host), port, protocol);
  }
  // Only a listening socket keeps out others that have SO_REUSEADDR.
  if (tcp && ::listen(fd.get(), 1) != 0) {
    if (errno == EADDRINUSE) return std::nullopt;
    fail_errno("failed to listen on host port {}:{}/{}", to_string(host), port, protocol);
  }
  return fd;
}

std::uint16_t bound_port(const Fd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size),
        "get a socket's address");
  return ntohs(address.sin_port);
}

Address host_address(const PortRequest& request) {
  if (request.protocol != "tcp" && request.protocol != "udp") {
    fail(Kind::not_implemented, "publishing {} ports is not implemented", request.protocol);
  }
  if (request.host_ip.empty()) return {};
  if (const auto address = parse_address(request.host_ip)) return *address;
  if (request.host_ip.find(':') != std::string::npos) {
    fail(Kind::not_implemented, "publishing ports on IPv6 addresses is not implemented");
  }
  fail(Kind::invalid, "invalid IP address: {}", request.host_ip);
}

}  // namespace

bool HostPorts::holds(std::string_view protocol, Address host, std::uint16_t port) const {
  return std::any_of(held_.begin(), held_.end(), [&](const auto& entry) {
    const PortBinding& held = entry.second.binding;
    return held.protocol == protocol && held.host_port == port &&
           (held.host == host || held.host.value == 0 || host.value == 0);
  });
}

HostPorts::Held HostPorts::hold(const PortRequest& request) {
  const Address host = host_address(request);
  const unsigned last = std::max(request.first_port, request.last_port);
  for (unsigned port = request.first_port; port <= last; ++port) {
    auto socket = bind_port(request.protocol, host, static_cast<std::uint16_t>(port));
    if (!socket) continue;
    PortBinding binding{request.protocol, request.container_port, host, bound_port(*socket)};
    return {std::move(binding), std::move(*socket)};
  }
  const std::string where = fmt::format("{}:{}", to_string(host), request.first_port);
  if (request.first_port == 0 || holds(request.protocol, host, request.first_port)) {
    fail(Kind::system, "Bind for {} failed: port is already allocated", where);
  }
  fail(Kind::system, "failed to bind host port {}/{}: address already in use", where,
       request.protocol);
}

std::vector<PortBinding> HostPorts::take(std::string_view endpoint,
                                         const std::vector<PortRequest>& requests) {
  const Lock lock(mutex_);
  std::vector<PortBinding> bindings;
  try {
    for (const PortRequest& request : requests) {
      Held held = hold(request);
      bindings.push_back(held.binding);
      held_.emplace(endpoint, std::move(held));
    }
  } catch (const Error&) {
    // The latest entries of a key are its last ones: those of this call go, earlier ones stay.
    const auto end = held_.upper_bound(endpoint);
    held_.erase(std::prev(end, static_cast<std::ptrdiff_t>(bindings.size())), end);
    throw;
  }
  return bindings;
}

std::vector<PortBinding> HostPorts::retake(std::string_view endpoint,
                                           const std::vector<PortBinding>& ports) {
  const Lock lock(mutex_);
  std::vector<PortBinding> lost;
  for (const PortBinding& port : ports) {
    auto socket = bind_port(port.protocol, port.host, port.host_port);
    if (socket) {
      held_.emplace(endpoint, Held{port, std::move(*socket)});
    } else {
      lost.push_back(port);
    }
  }
  return lost;
}

void HostPorts::free(std::string_view endpoint) {
  const Lock lock(mutex_);
  const auto [begin, end] = held_.equal_range(endpoint);
  held_.erase(begin, end);
}

}  // namespace mydock::network
