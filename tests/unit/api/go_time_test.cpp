#include "api/go_time.h"

#include <gtest/gtest.h>

namespace mydock::api {
namespace {

const Time kAt = Time(std::chrono::seconds(1'700'000'000));

TEST(GoTimeTest, ATimestampIsADurationBackOrATime) {
  EXPECT_EQ(parse_timestamp("1h30m", kAt), kAt - std::chrono::minutes(90));
  EXPECT_EQ(parse_timestamp("1700000000.5", kAt), kAt + std::chrono::milliseconds(500));
  EXPECT_EQ(parse_timestamp("2023-11-14T22:13:20Z", kAt), kAt);
  EXPECT_EQ(parse_timestamp("2023-11-14Z", kAt), Time(std::chrono::seconds(1'699'920'000)));
  for (const char* bad : {"", "x", "1x", "2023-13-99"}) {
    EXPECT_FALSE(parse_timestamp(bad, kAt)) << bad;
  }
}

}  // namespace
}  // namespace mydock::api
