#include "http/target.h"

#include <gtest/gtest.h>

namespace mydock::http {
namespace {

using Segments = std::vector<std::string>;

TEST(TargetTest, AnEscapedSlashIsNoSeparator) {
  const auto target = parse_target("/images/docker.io%2flibrary%2Falpine:3/json");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (Segments{"images", "docker.io/library/alpine:3", "json"}));
  EXPECT_EQ(target->path, "/images/docker.io/library/alpine:3/json");
}

TEST(TargetTest, TextIsDecodedOnce) {
  const auto target = parse_target("/a%252fb");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (Segments{"a%2fb"}));
}

TEST(TargetTest, PlusIsABlankInTheQueryOnly) {
  const auto target = parse_target("/a+b?c=d+e&f=%2B&g");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a+b");
  EXPECT_EQ(target->query, (std::vector<std::pair<std::string, std::string>>{
                               {"c", "d e"}, {"f", "+"}, {"g", ""}}));
}

TEST(TargetTest, EmptySegmentsStay) {
  EXPECT_EQ(parse_target("/v1.41//containers")->segments, (Segments{"v1.41", "", "containers"}));
  EXPECT_EQ(parse_target("/networks/")->segments, (Segments{"networks", ""}));
  EXPECT_EQ(parse_target("/")->segments, (Segments{""}));
}

TEST(TargetTest, AnAbsoluteTargetLosesItsHost) {
  EXPECT_EQ(parse_target("http://docker/_ping?x=1")->path, "/_ping");
  EXPECT_EQ(parse_target("http://docker")->path, "/");
}

TEST(TargetTest, BadEscapesAndNulsAreRefused) {
  for (const char* text : {"/%", "/%4", "/%zz", "/%00", "/a?x=%g1", "/a?%00=1"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
}

}  // namespace
}  // namespace mydock::http
