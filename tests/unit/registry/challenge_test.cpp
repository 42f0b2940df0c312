#include "registry/challenge.h"

#include <gtest/gtest.h>

namespace mydock::registry {
namespace {

TEST(ChallengeTest, TokenServersChallenge) {
  EXPECT_EQ(parse_challenges(
                R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",)"
                R"(scope="repository:library/alpine:pull,push")"),
            (std::vector<Challenge>{{"bearer",
                                     {{"realm", "https://auth.docker.io/token"},
                                      {"service", "registry.docker.io"},
                                      {"scope", "repository:library/alpine:pull,push"}}}}));
}

TEST(ChallengeTest, SeveralInOneHeader) {
  const auto all =
      parse_challenges(R"(Negotiate, Basic realm=simple , BEARER Realm = "x\"y", a=b)");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].scheme, "negotiate");
  EXPECT_EQ(all[1], (Challenge{"basic", {{"realm", "simple"}}}));
  EXPECT_EQ(all[2], (Challenge{"bearer", {{"realm", "x\"y"}, {"a", "b"}}}));
}

TEST(ChallengeTest, WhatIsMalformedIsLeftOut) {
  for (const char* text : {"", "   ", ",", "=x", "Basic realm=\"open", "\"x\"", "Bearer a=,"}) {
    const auto all = parse_challenges(text);
    for (const Challenge& one : all) EXPECT_TRUE(one.parameters.empty()) << text;
  }
  EXPECT_EQ(parse_challenges("Negotiate dG9rZW4=")[0].scheme, "negotiate");
}

}  // namespace
}  // namespace mydock::registry
