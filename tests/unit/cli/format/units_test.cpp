#include "cli/format/units.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::cli {
namespace {

using std::chrono::nanoseconds;

TEST(UnitsTest, GoDurationsAreRead) {
  EXPECT_EQ(parse_go_duration("1h2m3.5s"), nanoseconds(3723500000000));
  EXPECT_EQ(parse_go_duration("-10ms"), nanoseconds(-10000000));
  EXPECT_EQ(parse_go_duration("0"), nanoseconds(0));
  for (const char* bad : {"", "5", "x", "1d", "s", "-"}) {
    EXPECT_EQ(parse_go_duration(bad), std::nullopt) << bad;
  }
}
TEST(UnitsTest, GoDurationsAreWritten) {
  EXPECT_EQ(go_duration(nanoseconds(0)), "0s");
  EXPECT_EQ(go_duration(nanoseconds(1500000)), "1.5ms");
  EXPECT_EQ(go_duration(nanoseconds(3723500000000)), "1h2m3.5s");
}
TEST(UnitsTest, TimesAreReadInDockersForms) {
  EXPECT_EQ(timestamp_query("1700000000.5"), "1700000000.5");
  EXPECT_EQ(timestamp_query("2024-01-01T00:00:00Z"), "1704067200.000000000");
  EXPECT_EQ(timestamp_query("2024-01-01T00:00:00.5Z"), "1704067200.500000000");
  EXPECT_THROW(timestamp_query("yesterday"), Error);
}

}  // namespace
}  // namespace mydock::cli
