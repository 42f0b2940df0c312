#include "network/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/random.h>

#include <charconv>

#include <fmt/core.h>

#include "base/error.h"

namespace mydock::network {

WireAddress to_wire(Address address) {
  WireAddress wire;
  wire.size = address.v6 ? 16 : 4;
  for (std::size_t i = 0; i < wire.size; ++i) {
    wire.data[wire.size - 1 - i] = static_cast<std::byte>(address.value >> (8 * i) & 0xff);
  }
  return wire;
}

Address from_wire(ConstBytes bytes) {
  Address address{0, bytes.size() == 16};
  for (const std::byte byte : bytes) {
    address.value = address.value << 8 | std::to_integer<unsigned>(byte);
  }
  return address;
}

std::optional<Address> parse_address(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  WireAddress wire;
  wire.size = text.find(':') == std::string_view::npos ? 4 : 16;
  const int family = wire.size == 4 ? AF_INET : AF_INET6;
  if (::inet_pton(family, std::string(text).c_str(), wire.data.data()) != 1) return std::nullopt;
  return from_wire(wire.bytes());
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_address(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  int prefix = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (!address || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (prefix < 0 || prefix > address->bits()) return std::nullopt;
  return Cidr{*address, prefix};
}

std::string to_string(Address address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const WireAddress wire = to_wire(address);
  ::inet_ntop(address.v6 ? AF_INET6 : AF_INET, wire.data.data(), text.data(), text.size());
  return text.data();
}

std::string to_string(const Cidr& cidr) {
  return fmt::format("{}/{}", to_string(cidr.address), cidr.prefix);
}

std::optional<Mac> parse_mac(std::string_view text) {
  Mac mac;
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
    const char* const digits = text.data() + i * 3;
    const auto [end, error] = std::from_chars(digits, digits + 2, mac.bytes[i], 16);
    if (error != std::errc() || end != digits + 2) return std::nullopt;
    if (i < 5 && digits[2] != ':' && digits[2] != '-') return std::nullopt;
  }
  if ((mac.bytes[0] & 1) != 0) return std::nullopt;
  return mac;
}

Mac random_mac() {
  Mac mac;
  check(::getrandom(mac.bytes.data(), mac.bytes.size(), 0), "get random bytes");
  mac.bytes[0] = static_cast<std::uint8_t>((mac.bytes[0] & 0xfc) | 0x02);
  return mac;
}

Mac mac_for(Address address) {
  const std::uint32_t v = address.v4();
  return {{0x02, 0x42, static_cast<std::uint8_t>(v >> 24), static_cast<std::uint8_t>(v >> 16),
           static_cast<std::uint8_t>(v >> 8), static_cast<std::uint8_t>(v)}};
}

std::string to_string(const Mac& mac) {
  const auto& b = mac.bytes;
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4],
                     b[5]);
}

}  // namespace mydock::network
