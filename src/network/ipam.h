#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "network/address.h"

namespace mydock::network {

// The addresses of one subnet: who holds them is the caller's business. The first address and, of
// IPv4, the last one are never given out (but of the shortest subnets, which have no others).
class AddressPool {
 public:
  // `range`: the part that take() chooses from; empty: all.
  explicit AddressPool(Cidr subnet, std::optional<Cidr> range = std::nullopt);

  // The lowest free address; no value: none is left.
  std::optional<Address> take();
  // False: it is not free, or not one that may be given out.
  bool take(Address address);
  void free(Address address);
  bool contains(Address address) const { return subnet_.contains(address); }

 private:
  bool usable(Address address) const;
  void mark(Wide offset);
  std::uint64_t busy(Wide word) const;

  Cidr subnet_;
  Cidr range_;
  // One bit an address from the subnet's start, 64 in a word; a word without any is not there.
  std::map<Wide, std::uint64_t> taken_;
  Wide hint_ = 0;  // every address of the range in the words before it is taken
};

// A pool to cut networks from: its base, and the length of each network.
using SubnetPools = std::vector<std::pair<Cidr, int>>;

// "base=10.0.0.0/8,size=24". Errors: invalid.
std::pair<Cidr, int> parse_pool(std::string_view text);
// Of `pools`' networks the first that overlaps none of `used`, in one family.
std::optional<Cidr> choose_subnet(const SubnetPools& pools, const std::vector<Cidr>& used,
                                  bool v6 = false);
// 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in networks of /20.
SubnetPools default_pools();
// A unique local prefix (RFC 4193) that `seed` decides, such as the machine's id, in /64.
SubnetPools default_pools6(std::string_view seed);

}  // namespace mydock::network
