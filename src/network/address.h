#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mydock::network {

// An IPv4 address in host byte order.
struct Address {
  std::uint32_t value = 0;
  auto operator<=>(const Address&) const = default;
};

// "172.17.0.1/16": an address and the length of its network part.
struct Cidr {
  Address address;
  int prefix = 32;
  bool operator==(const Cidr&) const = default;

  std::uint32_t mask() const { return prefix == 0 ? 0 : ~std::uint32_t{0} << (32 - prefix); }
  Address first() const { return {address.value & mask()}; }  // the network's own address
  Address last() const { return {address.value | ~mask()}; }  // its broadcast address
  Cidr subnet() const { return {first(), prefix}; }
  bool contains(Address other) const { return (other.value & mask()) == first().value; }
  bool overlaps(const Cidr& other) const {
    return contains(other.first()) || other.contains(first());
  }
};

// No value: not in dotted form with four parts, or a prefix that is not 0 to 32.
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
// 02:42 and the address: whoever gets an address again also gets its MAC again, so that no
// neighbour's ARP table is ever wrong about it.
Mac mac_for(Address address);
std::string to_string(const Mac& mac);

}  // namespace mydock::network
