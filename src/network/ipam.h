#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "network/address.h"

namespace mydock::network {

// The addresses of one subnet: who holds them is the caller's business. The first and the last
// address (of prefixes below 31) are never given out.
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
  void mark(std::uint32_t offset);

  Cidr subnet_;
  Cidr range_;
  // One bit an address from the subnet's start; grows as far as addresses were taken.
  std::vector<std::uint64_t> taken_;
  std::size_t hint_ = 0;  // every address of the range in the words before it is taken
};

// Docker's pools, or the daemon's own: the first network of them that overlaps none of `used`.
std::optional<Cidr> choose_subnet(const std::vector<std::pair<Cidr, int>>& pools,
                                  const std::vector<Cidr>& used);
// 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in networks of /20.
std::vector<std::pair<Cidr, int>> default_pools();

}  // namespace mydock::network
