#include "cli/commands/network/ipam_flags.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "base/error.h"
#include "cli/create/environment.h"

namespace mydock::cli {

namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  int bits = 0;
};

Address read_address(const std::string& text, std::string_view what) {
  Address address;
  const bool v6 = text.find(':') != std::string::npos;
  address.bits = v6 ? 128 : 32;
  if (::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), address.bytes.data()) != 1) {
    fail(Kind::invalid, "invalid {}: {}", what, text);
  }
  return address;
}

struct Subnet {
  Address address;
  int prefix = 0;
};

Subnet read_subnet(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) fail(Kind::invalid, "invalid CIDR address: {}", text);
  Subnet subnet{read_address(text.substr(0, slash), "CIDR address"), -1};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + slash + 1, last, subnet.prefix);
  if (error != std::errc() || end != last || subnet.prefix < 0 ||
      subnet.prefix > subnet.address.bits) {
    fail(Kind::invalid, "invalid CIDR address: {}", text);
  }
  return subnet;
}

bool contains(const Subnet& subnet, const Address& address) {
  if (subnet.address.bits != address.bits) return false;
  for (int bit = 0; bit < subnet.prefix; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    const int mask = 0x80 >> bit % 8;
    if ((subnet.address.bytes[byte] & mask) != (address.bytes[byte] & mask)) return false;
  }
  return true;
}

// The pool whose subnet the address lies in.
api::IpamPool& pool_of(std::vector<api::IpamPool>& pools, const Address& address,
                       std::string_view what, const std::string& text) {
  for (api::IpamPool& pool : pools) {
    if (contains(read_subnet(pool.subnet), address)) return pool;
  }
  fail(Kind::invalid, "no matching subnet for {} {}", what, text);
}

void add_subnets(std::vector<api::IpamPool>& pools, const std::vector<std::string>& subnets) {
  for (const std::string& text : subnets) {
    const Subnet subnet = read_subnet(text);
    for (const api::IpamPool& other : pools) {
      const Subnet there = read_subnet(other.subnet);
      if (contains(there, subnet.address) || contains(subnet, there.address)) {
        fail(Kind::invalid, "multiple overlapping subnet configuration is not supported");
      }
    }
    api::IpamPool pool;
    pool.subnet = text;
    pools.push_back(std::move(pool));
  }
}

}  // namespace

api::Ipam read_ipam(const Flags& flags) {
  api::Ipam ipam;
  ipam.driver = flags.text("ipam-driver", "default");
  ipam.options = to_map(flags.list("ipam-opt"));
  const auto subnets = flags.list("subnet");
  const auto gateways = flags.list("gateway");
  const auto ranges = flags.list("ip-range");
  if (subnets.size() < ranges.size() || subnets.size() < gateways.size()) {
    fail(Kind::invalid, "every ip-range or gateway must have a corresponding subnet");
  }
  std::vector<api::IpamPool> pools;
  add_subnets(pools, subnets);
  for (const std::string& text : ranges) {
    api::IpamPool& pool = pool_of(pools, read_subnet(text).address, "range", text);
    if (!pool.ip_range.empty()) {
      fail(Kind::invalid, "cannot configure multiple ranges ({}, {}) on the same subnet ({})", text,
           pool.ip_range, pool.subnet);
    }
    pool.ip_range = text;
  }
  for (const std::string& text : gateways) {
    api::IpamPool& pool = pool_of(pools, read_address(text, "gateway"), "gateway", text);
    if (!pool.gateway.empty()) {
      fail(Kind::invalid, "cannot configure multiple gateways ({}, {}) for the same subnet ({})",
           text, pool.gateway, pool.subnet);
    }
    pool.gateway = text;
  }
  for (const auto& [name, text] : to_map(flags.list("aux-address"))) {
    pool_of(pools, read_address(text, "aux-address"), "aux-address", text)
        .auxiliary_addresses[name] = text;
  }
  ipam.config = std::move(pools);
  return ipam;
}

}  // namespace mydock::cli
