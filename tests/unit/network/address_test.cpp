#include "network/address.h"

#include <gtest/gtest.h>

namespace mydock::network {
namespace {

TEST(AddressTest, TextIsReadAndWritten) {
  for (const std::string text : {"0.0.0.0", "172.17.0.1", "255.255.255.255"}) {
    ASSERT_TRUE(parse_address(text)) << text;
    EXPECT_EQ(to_string(*parse_address(text)), text);
  }
  for (const std::string text :
       {"", "1.2.3", "1.2.3.256", "1.2.3.4 ", "a.b.c.d", "::g", "1::2::3"}) {
    EXPECT_FALSE(parse_address(text)) << text;
  }
  EXPECT_FALSE(parse_address(std::string_view("1.2.3.4\0x", 9)));
}

TEST(CidrTest, TextIsReadAndWritten) {
  EXPECT_EQ(to_string(*parse_cidr("10.1.2.3/8")), "10.1.2.3/8");
  EXPECT_EQ(to_string(parse_cidr("10.1.2.3/8")->subnet()), "10.0.0.0/8");
  EXPECT_EQ(to_string(parse_cidr("10.1.2.3/8")->last()), "10.255.255.255");
  for (const std::string text :
       {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "/8", "10.0.0.0/8x"}) {
    EXPECT_FALSE(parse_cidr(text)) << text;
  }
}

TEST(CidrTest, OverlapIsEitherWay) {
  const Cidr wide = *parse_cidr("10.0.0.0/8");
  const Cidr narrow = *parse_cidr("10.1.2.0/24");
  EXPECT_TRUE(wide.overlaps(narrow));
  EXPECT_TRUE(narrow.overlaps(wide));
  EXPECT_FALSE(narrow.overlaps(*parse_cidr("10.1.3.0/24")));
  EXPECT_TRUE(narrow.overlaps(*parse_cidr("0.0.0.0/0")));
}

TEST(MacTest, TextIsReadAndWritten) {
  EXPECT_EQ(to_string(*parse_mac("02:42:AC:11:00:02")), "02:42:ac:11:00:02");
  EXPECT_EQ(to_string(*parse_mac("02-42-ac-11-00-02")), "02:42:ac:11:00:02");
  for (const std::string text :
       {"", "02:42:ac:11:00", "02:42:ac:11:00:0g", "01:00:5e:00:00:01", "02:42:ac:11:00:02:03"}) {
    EXPECT_FALSE(parse_mac(text)) << text;
  }
}

TEST(MacTest, RandomOnesAreLocalAndUnicast) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(random_mac().bytes[0] & 3, 2);
  EXPECT_NE(random_mac(), random_mac());
}

}  // namespace
}  // namespace mydock::network
