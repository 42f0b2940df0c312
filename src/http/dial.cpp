#include "http/dial.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.h"

namespace mydock::http {

namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Addresses look_up(const std::string& host, const std::string& port, int& failed) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  failed = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  return Addresses(failed == 0 ? found : nullptr);
}

std::string address_text(const addrinfo& address) {
  std::array<char, NI_MAXHOST> text{};
  ::getnameinfo(address.ai_addr, address.ai_addrlen, text.data(), text.size(), nullptr, 0,
                NI_NUMERICHOST);
  return text.data();
}

// Go says it in lower case.
std::string reason_of(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

// 0, or the errno of what went wrong.
int try_connect(const Fd& socket, const addrinfo& to, const std::stop_token& stop,
                Deadline deadline) {
  if (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (!wait_for(socket, POLLOUT, stop, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

struct Address {
  std::array<unsigned char, 16> bytes{};
  std::size_t bits = 0;
};
std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  Address address;
  if (::inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.bits = 128;
  return address;
}

}  // namespace

Fd dial(const std::string& host, std::uint16_t port, const std::stop_token& stop,
        Deadline deadline) {
  int failed = 0;
  const Addresses found = look_up(host, std::to_string(port), failed);
  if (!found) {
    const std::string reason =
        failed == EAI_NONAME || failed == EAI_NODATA ? "no such host" : ::gai_strerror(failed);
    fail(Kind::system, "dial tcp: lookup {}: {}", host, reason);
  }
  int error = EHOSTUNREACH;
  std::string tried;
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    Fd socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) continue;
    error = try_connect(socket, *at, stop, deadline);
    if (error == 0) {
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return socket;
    }
    tried = address_text(*at);
    if (at->ai_family == AF_INET6) tried = "[" + tried + "]";
  }
  if (error == ETIMEDOUT) {
    throw Error(Kind::system, fmt::format("dial tcp {}:{}: i/o timeout", tried, port), error);
  }
  throw Error(Kind::system,
              fmt::format("dial tcp {}:{}: connect: {}", tried, port, reason_of(error)), error);
}

std::vector<std::string> addresses_of(const std::string& host) {
  int failed = 0;
  const Addresses found = look_up(host, "", failed);
  std::vector<std::string> texts;
  for (const addrinfo* at = found.get(); at != nullptr; at = at->ai_next) {
    texts.push_back(address_text(*at));
  }
  return texts;
}

bool in_network(std::string_view address, std::string_view network) {
  const std::size_t slash = std::min(network.find('/'), network.size());
  const auto tested = parse_address(address);
  const auto base = parse_address(network.substr(0, slash));
  if (!tested || !base || tested->bits != base->bits) return false;
  std::size_t prefix = base->bits;
  if (slash < network.size()) {
    const std::string_view digits = network.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > base->bits) {
      return false;
    }
  }
  for (std::size_t bit = 0; bit < prefix; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((tested->bytes.at(bit / 8) ^ base->bytes.at(bit / 8)) & mask) != 0) return false;
  }
  return true;
}

}  // namespace mydock::http
