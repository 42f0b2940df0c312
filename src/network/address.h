#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace mydock::network {

__extension__ using Wide = unsigned __int128;  // room for an IPv6 address

// An IPv4 or IPv6 address as a number.
struct Address {
  Wide value = 0;
  bool v6 = false;
  auto operator<=>(const Address&) const = default;

  int bits() const { return v6 ? 128 : 32; }
  bool is_any() const { return value == 0; }  // 0.0.0.0 or ::
  bool is_loopback() const { return v6 ? value == 1 : value >> 24 == 127; }
  std::uint32_t v4() const { return static_cast<std::uint32_t>(value); }  // host byte order
};

// As it goes over a wire: 4 or 16 bytes.
struct WireAddress {
  std::array<std::byte, 16> data{};
  std::size_t size = 0;
  ConstBytes bytes() const { return ConstBytes(data).first(size); }
};
WireAddress to_wire(Address address);
// `bytes`: 4 or 16 of them.
Address from_wire(ConstBytes bytes);

// "172.17.0.1/16": an address and the length of its network part.
struct Cidr {
  Address address;
  int prefix = 32;
  bool operator==(const Cidr&) const = default;

  Wide host_mask() const {  // the bits of the host part
    const int hosts = address.bits() - prefix;
    return hosts >= 128 ? ~Wide{0} : (Wide{1} << hosts) - 1;
  }
  Address first() const { return {address.value & ~host_mask(), address.v6}; }  // the network's own
  Address last() const { return {address.value | host_mask(), address.v6}; }    // IPv4: broadcast
  Cidr subnet() const { return {first(), prefix}; }
  bool contains(Address other) const {
    return other.v6 == address.v6 && (other.value & ~host_mask()) == first().value;
  }
  bool overlaps(const Cidr& other) const {
    return contains(other.first()) || other.contains(first());
  }
};

// IPv4 in dotted form with four parts, or IPv6. No value: neither, or a prefix that is too long.
std::optional<Address> parse_address(std::string_view text);
std::optional<Cidr> parse_cidr(std::string_view text);
std::string to_string(Address address);
std::string to_string(const Cidr& cidr);

struct Mac {
  std::array<std::uint8_t, 6> bytes{};
  bool operator==(const Mac&) const = default;
};
// Six pairs of hex digits with ':' or '-' between; no value: not that, or a multicast address.
std::optional<Mac> parse_mac(std::string_view text);
Mac random_mac();  // locally administered, unicast
// 02:42 and the IPv4 address: whoever gets an address again also gets its MAC again, so that no
// neighbour's ARP table is ever wrong about it.
Mac mac_for(Address address);
std::string to_string(const Mac& mac);

}  // namespace mydock::network
