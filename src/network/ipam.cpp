#include "network/ipam.h"

#include <algorithm>
#include <bit>

namespace mydock::network {

namespace {

constexpr std::uint32_t kBits = 64;

}  // namespace

AddressPool::AddressPool(Cidr subnet, std::optional<Cidr> range)
    : subnet_(subnet.subnet()), range_(range.value_or(subnet).subnet()) {
  hint_ = (range_.first().value - subnet_.first().value) / kBits;
}

bool AddressPool::usable(Address address) const {
  if (!subnet_.contains(address)) return false;
  return subnet_.prefix >= 31 || (address != subnet_.first() && address != subnet_.last());
}

void AddressPool::mark(std::uint32_t offset) {
  const std::size_t word = offset / kBits;
  if (word >= taken_.size()) taken_.resize(word + 1);
  taken_[word] |= std::uint64_t{1} << offset % kBits;
}

std::optional<Address> AddressPool::take() {
  const std::uint32_t start = subnet_.first().value;
  const std::uint32_t from = range_.first().value - start;
  const std::uint32_t last = range_.last().value - start;
  for (std::size_t word = hint_; word <= last / kBits; ++word) {
    std::uint64_t busy = word < taken_.size() ? taken_[word] : 0;
    if (word == from / kBits) busy |= (std::uint64_t{1} << from % kBits) - 1;
    while (busy != ~std::uint64_t{0}) {
      const auto bit = static_cast<std::uint32_t>(std::countr_one(busy));
      const auto offset = static_cast<std::uint32_t>(word * kBits) + bit;
      if (offset > last) return std::nullopt;
      if (usable({start + offset})) {
        mark(offset);
        hint_ = word;
        return Address{start + offset};
      }
      busy |= std::uint64_t{1} << bit;
    }
  }
  return std::nullopt;
}

bool AddressPool::take(Address address) {
  if (!usable(address)) return false;
  const std::uint32_t offset = address.value - subnet_.first().value;
  const std::size_t word = offset / kBits;
  if (word < taken_.size() && (taken_[word] >> offset % kBits & 1) != 0) return false;
  mark(offset);
  return true;
}

void AddressPool::free(Address address) {
  if (!subnet_.contains(address)) return;
  const std::uint32_t offset = address.value - subnet_.first().value;
  const std::size_t word = offset / kBits;
  if (word < taken_.size()) taken_[word] &= ~(std::uint64_t{1} << offset % kBits);
  if (range_.contains(address)) hint_ = std::min(hint_, word);
}

std::optional<Cidr> choose_subnet(const std::vector<std::pair<Cidr, int>>& pools,
                                  const std::vector<Cidr>& used) {
  for (const auto& [base, prefix] : pools) {
    const std::uint64_t step = std::uint64_t{1} << (32 - prefix);
    for (std::uint64_t at = base.first().value; at <= base.last().value; at += step) {
      const Cidr candidate{{static_cast<std::uint32_t>(at)}, prefix};
      const bool taken = std::any_of(used.begin(), used.end(),
                                     [&](const Cidr& other) { return candidate.overlaps(other); });
      if (!taken) return candidate;
    }
  }
  return std::nullopt;
}

std::vector<std::pair<Cidr, int>> default_pools() {
  std::vector<std::pair<Cidr, int>> pools;
  for (std::uint32_t second = 17; second <= 31; ++second) {
    pools.emplace_back(Cidr{{172U << 24 | second << 16}, 16}, 16);
  }
  pools.emplace_back(Cidr{{192U << 24 | 168U << 16}, 16}, 20);
  return pools;
}

}  // namespace mydock::network
