#include "api/units.h"

#include <gtest/gtest.h>

namespace mydock::api {
namespace {

TEST(UnitsTest, SizesHaveFourDigits) {
  EXPECT_EQ(human_size(0), "0B");
  EXPECT_EQ(human_size(999), "999B");
  EXPECT_EQ(human_size(1000), "1kB");
  EXPECT_EQ(human_size(1234567), "1.235MB");
  EXPECT_EQ(human_size(7.5e9), "7.5GB");
  EXPECT_EQ(human_size_short(1234567), "1.23MB");
  EXPECT_EQ(binary_size(1024), "1KiB");
  EXPECT_EQ(binary_size(67108864), "64MiB");
  EXPECT_EQ(binary_size(1.5 * 1024 * 1024 * 1024), "1.5GiB");
}

TEST(UnitsTest, SizesAreReadAsPowersOf1024) {
  EXPECT_EQ(parse_size("512"), 512);
  EXPECT_EQ(parse_size("64m"), 64 << 20);
  EXPECT_EQ(parse_size("1.5G"), 1610612736);
  EXPECT_EQ(parse_size("10kb"), 10240);
  EXPECT_EQ(parse_size("10 KiB"), 10240);
  EXPECT_EQ(parse_size("5b"), 5);
  for (const char* text : {"", "x", "-1", "1x", "1mm", "m", "1e99", "nan", "inf", "99999999999p"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace mydock::api
