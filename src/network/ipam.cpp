#include "network/ipam.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/error.h"

namespace mydock::network {

namespace {

constexpr std::uint32_t kBits = 64;

std::uint64_t bit_of(Wide offset) {
  return std::uint64_t{1} << static_cast<std::uint32_t>(offset % kBits);
}

}  // namespace

AddressPool::AddressPool(Cidr subnet, std::optional<Cidr> range)
    : subnet_(subnet.subnet()), range_(range.value_or(subnet).subnet()) {
  hint_ = (range_.first().value - subnet_.first().value) / kBits;
}

bool AddressPool::usable(Address address) const {
  if (!subnet_.contains(address)) return false;
  if (subnet_.prefix >= address.bits() - 1) return true;
  return address != subnet_.first() && (address.v6 || address != subnet_.last());
}

std::uint64_t AddressPool::busy(Wide word) const {
  const auto found = taken_.find(word);
  return found == taken_.end() ? 0 : found->second;
}

void AddressPool::mark(Wide offset) { taken_[offset / kBits] |= bit_of(offset); }

std::optional<Address> AddressPool::take() {
  const Wide start = subnet_.first().value;
  const Wide from = range_.first().value - start;
  const Wide last = range_.last().value - start;
  for (Wide word = hint_; word <= last / kBits; ++word) {
    std::uint64_t taken = busy(word);
    if (word == from / kBits) taken |= bit_of(from) - 1;
    while (taken != ~std::uint64_t{0}) {
      const auto bit = static_cast<std::uint32_t>(std::countr_one(taken));
      const Wide offset = word * kBits + bit;
      if (offset > last) return std::nullopt;
      const Address address{start + offset, subnet_.address.v6};
      if (usable(address)) {
        mark(offset);
        hint_ = word;
        return address;
      }
      taken |= std::uint64_t{1} << bit;
    }
  }
  return std::nullopt;
}

bool AddressPool::take(Address address) {
  if (!usable(address)) return false;
  const Wide offset = address.value - subnet_.first().value;
  if ((busy(offset / kBits) & bit_of(offset)) != 0) return false;
  mark(offset);
  return true;
}

void AddressPool::free(Address address) {
  if (!subnet_.contains(address)) return;
  const Wide offset = address.value - subnet_.first().value;
  const auto word = taken_.find(offset / kBits);
  if (word == taken_.end()) return;
  word->second &= ~bit_of(offset);
  if (range_.contains(address)) hint_ = std::min(hint_, word->first);
  if (word->second == 0) taken_.erase(word);
}

std::optional<Cidr> choose_subnet(const SubnetPools& pools, const std::vector<Cidr>& used,
                                  bool v6) {
  for (const auto& [base, prefix] : pools) {
    if (base.address.v6 != v6) continue;
    const int bits = base.address.bits();
    const Wide step = Wide{1} << (bits - prefix);
    const Wide count = Wide{1} << (prefix - base.prefix);
    for (Wide i = 0; i < count; ++i) {
      const Cidr candidate{{base.first().value + i * step, v6}, prefix};
      const bool taken = std::any_of(used.begin(), used.end(),
                                     [&](const Cidr& other) { return candidate.overlaps(other); });
      if (!taken) return candidate;
    }
  }
  return std::nullopt;
}

std::pair<Cidr, int> parse_pool(std::string_view text) {
  std::optional<Cidr> base;
  int size = -1;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    if (part.starts_with("base=")) base = parse_cidr(part.substr(5));
    if (part.starts_with("size=")) {
      std::from_chars(part.data() + 5, part.data() + part.size(), size);
    }
  }
  if (!base) fail(Kind::invalid, "invalid base pool in \"{}\"", text);
  // So many networks that trying them would take for ever are no pool.
  constexpr int kMostBits = 24;
  if (size < base->prefix || size > base->address.bits() || size - base->prefix > kMostBits) {
    fail(Kind::invalid, "invalid pool size in \"{}\"", text);
  }
  return {base->subnet(), size};
}

SubnetPools default_pools() {
  SubnetPools pools;
  for (std::uint32_t second = 17; second <= 31; ++second) {
    pools.emplace_back(Cidr{{172U << 24 | second << 16}, 16}, 16);
  }
  pools.emplace_back(Cidr{{192U << 24 | 168U << 16}, 16}, 20);
  return pools;
}

SubnetPools default_pools6(std::string_view seed) {
  // FNV-1a: the prefix must only be unlikely to be another machine's.
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : seed) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  const Wide prefix = Wide{0xfd} << 40 | (hash & 0xff'ffff'ffff);
  return {{Cidr{{prefix << 80, true}, 48}, 64}};
}

}  // namespace mydock::network
