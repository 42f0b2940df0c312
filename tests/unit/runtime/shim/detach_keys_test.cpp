#include "runtime/shim/detach_keys.h"

#include <vector>

#include <gtest/gtest.h>

namespace mydock::runtime::shim {

struct DetachCase {
  std::string name;
  std::string keys;
  std::vector<std::string> typed;
  std::string passed;
  bool detached;
};

class DetachKeysTest : public testing::TestWithParam<DetachCase> {};

TEST_P(DetachKeysTest, Feeds) {
  DetachKeys keys(GetParam().keys);
  std::string passed;
  bool detached = false;
  for (const auto& part : GetParam().typed) {
    if (!detached) detached = keys.feed(part, passed);
  }
  EXPECT_EQ(passed, GetParam().passed);
  EXPECT_EQ(detached, GetParam().detached);
}

INSTANTIATE_TEST_SUITE_P(
    All, DetachKeysTest,
    testing::Values(DetachCase{"PassesOrdinaryBytes", "\x10\x11", {"ls\n"}, "ls\n", false},
                    DetachCase{"SwallowsTheSequence", "\x10\x11", {"a\x10\x11"}, "a", true},
                    DetachCase{"AcrossReads", "\x10\x11", {"\x10", "\x11"}, "", true},
                    DetachCase{"HoldsBackABeginning", "\x10\x11", {"\x10"}, "", false},
                    DetachCase{"GivesABeginningBack", "\x10\x11", {"\x10", "x"}, "\x10x", false},
                    DetachCase{"RepeatedFirstKey", "\x10\x11", {"\x10\x10\x11"}, "\x10", true},
                    DetachCase{"OverlappingPrefix", "aab", {"aaab"}, "a", true},
                    DetachCase{"OverlapThenMismatch", "aab", {"aac"}, "aac", false},
                    DetachCase{"LongerOverlap", "abac", {"ababac"}, "ab", true},
                    DetachCase{"SingleKey", "q", {"xq"}, "x", true},
                    DetachCase{"NoKeys", "", {"\x10\x11"}, "\x10\x11", false}),
    [](const auto& test) { return test.param.name; });

}  // namespace mydock::runtime::shim
