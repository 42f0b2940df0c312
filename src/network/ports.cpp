#include "network/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/error.h"
#include "network/socket_address.h"

namespace mydock::network {

namespace {

// No value: the kernel does not speak the protocol.
std::optional<Fd> make_socket(std::string_view protocol, bool v6) {
  const int type = (protocol == "udp" ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
  const int number = protocol == "sctp" ? IPPROTO_SCTP : 0;
  Fd fd(::socket(v6 ? AF_INET6 : AF_INET, type, number));
  if (!fd && errno == EPROTONOSUPPORT && protocol == "sctp") return std::nullopt;
  if (!fd) fail_errno("make a socket");
  return fd;
}

enum class Bound { yes, taken, no_such_protocol };

// A socket bound to the address. Port 0: the kernel chooses.
Bound bind_port(std::string_view protocol, Address host, std::uint16_t port, Fd& fd) {
  auto made = make_socket(protocol, host.v6);
  if (!made) return Bound::no_such_protocol;
  fd = *std::move(made);
  const bool listens = protocol != "udp";
  const int on = 1;
  // Connections of an earlier owner that are in TIME_WAIT do not matter. UDP has none, and there
  // the option would let two owners in.
  if (listens) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (host.v6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  SocketAddress address = socket_address(host, port);
  if (::bind(fd.get(), address.get(), address.size) != 0) {
    if (errno == EADDRINUSE) return Bound::taken;
    fail_errno("failed to bind host port {}/{}", host_and_port(host, port), protocol);
  }
  // Nothing sends packets for ::1 on to a container (Linux has no route_localnet for IPv6). A
  // closed port refuses them at once, and clients then try 127.0.0.1; without our SO_REUSEADDR
  // nobody else can listen there.
  if (listens && host.v6 && host.is_any()) {
    const int off = 0;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
    return Bound::yes;
  }
  // Only a listening socket keeps out others that have SO_REUSEADDR.
  if (listens && ::listen(fd.get(), 1) != 0) {
    if (errno == EADDRINUSE) return Bound::taken;
    fail_errno("failed to listen on host port {}/{}", host_and_port(host, port), protocol);
  }
  return Bound::yes;
}

std::uint16_t bound_port(const Fd& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size),
        "get a socket's address");
  sockaddr_in plain{};  // the port is at the same place in both families
  std::memcpy(&plain, &address, sizeof plain);
  return ntohs(plain.sin_port);
}

std::vector<Address> host_addresses(const PortRequest& request, const HostPorts::AnyHost& any) {
  if (request.protocol != "tcp" && request.protocol != "udp" && request.protocol != "sctp") {
    fail(Kind::invalid, "invalid protocol: {}", request.protocol);
  }
  if (request.host_ip.empty()) return any.addresses;
  if (const auto address = parse_address(request.host_ip)) {
    if (address->v6 && address->is_loopback()) {
      fail(Kind::not_implemented,
           "publishing ports on the loopback address ::1 is not implemented");
    }
    return {*address};
  }
  fail(Kind::invalid, "invalid IP address: {}", request.host_ip);
}

}  // namespace

std::string host_and_port(Address host, std::uint16_t port) {
  return fmt::format(fmt::runtime(host.v6 ? "[{}]:{}" : "{}:{}"), to_string(host), port);
}

bool HostPorts::holds(std::string_view protocol, Address host, std::uint16_t port) const {
  return std::any_of(held_.begin(), held_.end(), [&](const auto& entry) {
    const PortBinding& held = entry.second.binding;
    return held.protocol == protocol && held.host_port == port && held.host.v6 == host.v6 &&
           (held.host == host || held.host.is_any() || host.is_any());
  });
}

std::vector<HostPorts::Held> HostPorts::try_hold(const PortRequest& request,
                                                 const std::vector<Address>& hosts,
                                                 std::uint16_t port) {
  std::vector<Held> result;
  for (const Address host : hosts) {
    Fd socket;
    const Bound bound = bind_port(request.protocol, host, port, socket);
    if (bound == Bound::taken) return {};
    if (bound == Bound::no_such_protocol && holds(request.protocol, host, port)) return {};
    if (bound == Bound::yes) port = bound_port(socket);
    result.push_back({{request.protocol, request.container_port, host, port}, std::move(socket)});
  }
  return result;
}

std::vector<HostPorts::Held> HostPorts::hold(const PortRequest& request, const AnyHost& any) {
  const std::vector<Address> hosts = host_addresses(request, any);
  constexpr int kAttempts = 16;  // what is free at one address may be taken at another
  if (request.first_port == 0 && !make_socket(request.protocol, false)) {
    PortRequest ranged = request;
    ranged.first_port = 32768;
    ranged.last_port = 60999;
    return hold(ranged, any);
  }
  const unsigned last =
      request.first_port == 0 ? kAttempts : std::max(request.first_port, request.last_port);
  for (unsigned port = request.first_port; port <= last; ++port) {
    const unsigned number = request.first_port == 0 ? 0 : port;
    auto held = try_hold(request, hosts, static_cast<std::uint16_t>(number));
    if (!held.empty()) return held;
  }
  const Address host = hosts.empty() ? Address{} : hosts.front();
  const std::string where = host_and_port(host, request.first_port);
  if (request.first_port == 0 || holds(request.protocol, host, request.first_port)) {
    fail(Kind::system, "Bind for {} failed: port is already allocated", where);
  }
  fail(Kind::system, "failed to bind host port {}/{}: address already in use", where,
       request.protocol);
}

std::vector<PortBinding> HostPorts::take(std::string_view endpoint,
                                         const std::vector<PortRequest>& requests,
                                         const AnyHost& any) {
  const Lock lock(mutex_);
  std::vector<PortBinding> bindings;
  try {
    for (const PortRequest& request : requests) {
      for (Held& held : hold(request, any)) {
        bindings.push_back(held.binding);
        held_.emplace(endpoint, std::move(held));
      }
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
    Fd socket;
    if (bind_port(port.protocol, port.host, port.host_port, socket) == Bound::taken) {
      lost.push_back(port);
    } else {
      held_.emplace(endpoint, Held{port, std::move(socket)});
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
