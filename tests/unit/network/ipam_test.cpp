#include "network/ipam.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::network {
namespace {

std::string take(AddressPool& pool) {
  const auto address = pool.take();
  return address ? to_string(*address) : "none";
}

TEST(AddressPoolTest, FirstAndLastAddressAreNeverGiven) {
  AddressPool pool(*parse_cidr("10.0.0.0/30"));
  EXPECT_EQ(take(pool), "10.0.0.1");
  EXPECT_EQ(take(pool), "10.0.0.2");
  EXPECT_EQ(take(pool), "none");
  EXPECT_FALSE(pool.take(*parse_address("10.0.0.0")));
  EXPECT_FALSE(pool.take(*parse_address("10.0.0.3")));
  EXPECT_FALSE(pool.take(*parse_address("10.0.0.4")));
}

TEST(AddressPoolTest, FreedAddressIsTheNextOne) {
  AddressPool pool(*parse_cidr("10.0.0.0/16"));
  for (int i = 0; i < 1000; ++i) ASSERT_NE(take(pool), "none");
  pool.free(*parse_address("10.0.1.7"));
  pool.free(*parse_address("10.0.0.200"));
  EXPECT_EQ(take(pool), "10.0.0.200");
  EXPECT_EQ(take(pool), "10.0.1.7");
  EXPECT_EQ(take(pool), "10.0.3.233");
}

TEST(AddressPoolTest, RangeNarrowsTheChoiceButNotTheWish) {
  AddressPool pool(*parse_cidr("10.0.0.0/24"), parse_cidr("10.0.0.76/31"));
  EXPECT_EQ(take(pool), "10.0.0.76");
  EXPECT_EQ(take(pool), "10.0.0.77");
  EXPECT_EQ(take(pool), "none");
  EXPECT_TRUE(pool.take(*parse_address("10.0.0.5")));
  EXPECT_FALSE(pool.take(*parse_address("10.0.0.5")));
  pool.free(*parse_address("10.0.0.5"));
  EXPECT_EQ(take(pool), "none");
  pool.free(*parse_address("10.0.0.76"));
  EXPECT_EQ(take(pool), "10.0.0.76");
}

TEST(AddressPoolTest, EveryAddressOfASubnetComesOnce) {
  AddressPool pool(*parse_cidr("10.0.0.0/22"));
  int count = 0;
  while (pool.take()) ++count;
  EXPECT_EQ(count, 1022);
}

TEST(ChooseSubnetTest, DockersPoolsInOrder) {
  std::vector<Cidr> used;
  std::vector<std::string> chosen;
  while (const auto subnet = choose_subnet(default_pools(), used)) {
    used.push_back(*subnet);
    chosen.push_back(to_string(*subnet));
  }
  ASSERT_EQ(chosen.size(), 31U);
  EXPECT_EQ(chosen[0], "172.17.0.0/16");
  EXPECT_EQ(chosen[14], "172.31.0.0/16");
  EXPECT_EQ(chosen[15], "192.168.0.0/20");
  EXPECT_EQ(chosen[30], "192.168.240.0/20");
}

TEST(ChooseSubnetTest, AnyOverlapIsSkipped) {
  const std::vector<std::pair<Cidr, int>> pools{{*parse_cidr("10.0.0.0/16"), 24}};
  EXPECT_EQ(
      to_string(*choose_subnet(pools, {*parse_cidr("10.0.0.0/23"), *parse_cidr("10.0.2.9/32")})),
      "10.0.3.0/24");
  EXPECT_FALSE(choose_subnet(pools, {*parse_cidr("10.0.0.0/8")}));
}

TEST(AddressPoolTest, Ipv6SubnetsAreAsEasy) {
  AddressPool pool(*parse_cidr("fd00::/64"));
  EXPECT_EQ(take(pool), "fd00::1");
  EXPECT_TRUE(pool.take(*parse_address("fd00::ffff:0:0:9")));
  EXPECT_FALSE(pool.take(*parse_address("fd00::ffff:0:0:9")));
  EXPECT_EQ(take(pool), "fd00::2");
  EXPECT_FALSE(pool.take(*parse_address("10.0.0.1")));
}

TEST(ChooseSubnetTest, PoolsAreReadAndImpossibleOnesRefused) {
  EXPECT_EQ(parse_pool("base=10.0.0.0/8,size=24"), (std::pair{*parse_cidr("10.0.0.0/8"), 24}));
  for (const char* text : {"", "base=10.0.0.0/8", "base=x,size=24", "base=10.0.0.0/24,size=8",
                           "base=fd00::/16,size=64"}) {
    EXPECT_THROW(parse_pool(text), Error) << text;
  }
  const auto six = choose_subnet(default_pools6("seed"), {}, true);
  EXPECT_EQ(six->prefix, 64);
  EXPECT_FALSE(choose_subnet(default_pools6("seed"), {}));
  EXPECT_EQ(default_pools6("seed"), default_pools6("seed"));
  EXPECT_NE(default_pools6("seed"), default_pools6("other"));
}

}  // namespace
}  // namespace mydock::network
