#include "cli/terminal/pump.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

TEST(DetachKeysTest, TheSequenceIsSwallowed) {
  DetachKeys keys("\x10\x11");
  EXPECT_EQ(keys.pass("ab\x10"), "ab");
  EXPECT_FALSE(keys.complete());
  EXPECT_EQ(keys.pass("\x11zz"), "");
  EXPECT_TRUE(keys.complete());
}
TEST(DetachKeysTest, ABrokenSequenceGoesOn) {
  DetachKeys keys("\x10\x11");
  EXPECT_EQ(keys.pass("\x10x"), "\x10x");
  EXPECT_EQ(keys.pass("\x10\x10"), "\x10");
  EXPECT_EQ(keys.pass("\x11"), "");
  EXPECT_TRUE(keys.complete());
}
TEST(DetachKeysTest, WithoutKeysAllPasses) {
  DetachKeys keys("");
  EXPECT_EQ(keys.pass("\x10\x11"), "\x10\x11");
}

}  // namespace
}  // namespace mydock::cli
