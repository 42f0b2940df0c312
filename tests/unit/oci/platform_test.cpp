#include "oci/platform.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::oci {
namespace {

Platform of(std::string os, std::string architecture, std::string variant = "") {
  return {std::move(os), std::move(architecture), std::move(variant), "", {}};
}

TEST(PlatformTest, TextIsReadAndNormalised) {
  struct Case {
    const char* text;
    Platform platform;
  };
  const std::vector<Case> cases = {
      {"linux/amd64", of("linux", "amd64")},     {"Linux/x86_64", of("linux", "amd64")},
      {"linux/arm64/v8", of("linux", "arm64")},  {"linux/aarch64", of("linux", "arm64")},
      {"arm64", of("linux", "arm64")},           {"linux/arm", of("linux", "arm", "v7")},
      {"armhf", of("linux", "arm", "v7")},       {"linux/arm/6", of("linux", "arm", "v6")},
      {"windows/amd64", of("windows", "amd64")},
  };
  for (const Case& test : cases) EXPECT_EQ(parse_platform(test.text), test.platform) << test.text;
  EXPECT_EQ(parse_platform("linux"), host_platform());
}

TEST(PlatformTest, NonsenseIsRefused) {
  for (const char* text : {"", "/", "linux/", "linux/amd64/v1/x", "li nux/amd64", "nonsense"}) {
    EXPECT_THROW(parse_platform(text), Error) << text;
  }
}

TEST(PlatformTest, AMachineRunsItsOwnAndLowerVariants) {
  EXPECT_TRUE(runs(of("linux", "amd64", "v3"), of("linux", "amd64")));
  EXPECT_TRUE(runs(of("linux", "amd64", "v3"), of("linux", "amd64", "v3")));
  EXPECT_FALSE(runs(of("linux", "amd64", "v2"), of("linux", "amd64", "v3")));
  EXPECT_TRUE(runs(of("linux", "arm"), of("linux", "arm", "v6")));
  EXPECT_FALSE(runs(of("linux", "arm", "v6"), of("linux", "arm", "v7")));
  EXPECT_FALSE(runs(of("linux", "amd64"), of("linux", "arm64")));
  EXPECT_FALSE(runs(of("linux", "amd64"), of("windows", "amd64")));
}

TEST(PlatformTest, TheHighestVariantThatRunsIsChosen) {
  const std::vector<std::optional<Platform>> offered = {
      of("linux", "arm", "v5"), of("linux", "arm", "v7"), of("linux", "arm", "v6"), std::nullopt};
  EXPECT_EQ(choose(of("linux", "arm", "v7"), offered), 1U);
  EXPECT_EQ(choose(of("linux", "arm", "v6"), offered), 2U);
  EXPECT_EQ(choose(of("linux", "s390x"), offered), 3U);  // an entry that does not say
  EXPECT_FALSE(choose(of("linux", "s390x"), std::span(offered).first(3)));
}

}  // namespace
}  // namespace mydock::oci
