#include "base/clock.h"

#include <gtest/gtest.h>

namespace mydock {
namespace {

using namespace std::chrono_literals;

TEST(ClockTest, FractionsAreCutAsGoDoes) {
  const Time whole{1704067201s};
  EXPECT_EQ(to_rfc3339(whole), "2024-01-01T00:00:01Z");
  EXPECT_EQ(to_rfc3339(whole + 500ms), "2024-01-01T00:00:01.5Z");
  EXPECT_EQ(to_rfc3339(whole + 1ns), "2024-01-01T00:00:01.000000001Z");
  EXPECT_EQ(to_rfc3339_fixed(whole + 500ms), "2024-01-01T00:00:01.500000000Z");
  EXPECT_EQ(to_rfc3339(Time{}), "0001-01-01T00:00:00Z");
}

TEST(ClockTest, AnyOffsetAndFractionIsRead) {
  struct Case {
    std::string text;
    std::string utc;
  };
  for (const auto& [text, utc] :
       std::vector<Case>{{"2024-01-01T00:00:01Z", "2024-01-01T00:00:01Z"},
                         {"2024-01-01T02:00:01.25+02:00", "2024-01-01T00:00:01.25Z"},
                         {"2023-12-31T18:30:01-05:30", "2024-01-01T00:00:01Z"},
                         {"2024-01-01t00:00:01.1234567891z", "2024-01-01T00:00:01.123456789Z"},
                         {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"}}) {
    ASSERT_TRUE(parse_rfc3339(text)) << text;
    EXPECT_EQ(to_rfc3339(*parse_rfc3339(text)), utc) << text;
  }
}

TEST(ClockTest, WhatIsNotATimeIsRefused) {
  for (const std::string text :
       {"", "2024-01-01", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zx", "2024-01-01T00:00:00+0200"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(ClockTest, UnixSecondsHaveUpToNineFractionDigits) {
  EXPECT_EQ(parse_unix_seconds("1700000000.5"), Time{1700000000s + 500ms});
  EXPECT_EQ(parse_unix_seconds("1700000000.000000001"), Time{1700000000s + 1ns});
  for (const std::string text : {"", "x", "1.x", "1.", "99999999999"}) {
    EXPECT_FALSE(parse_unix_seconds(text)) << text;
  }
}

TEST(ClockTest, DurationsInDockersWords) {
  for (const auto& [duration, words] :
       std::vector<std::pair<std::chrono::seconds, std::string>>{{0s, "Less than a second"},
                                                                 {1s, "1 second"},
                                                                 {59s, "59 seconds"},
                                                                 {60s, "About a minute"},
                                                                 {119s, "About a minute"},
                                                                 {2min, "2 minutes"},
                                                                 {60min, "About an hour"},
                                                                 {47h, "47 hours"},
                                                                 {48h, "2 days"},
                                                                 {24h * 14, "2 weeks"},
                                                                 {24h * 60, "2 months"},
                                                                 {24h * 365 * 2, "2 years"}}) {
    EXPECT_EQ(human_duration(duration), words) << duration.count();
  }
}

}  // namespace
}  // namespace mydock
