#include "api/info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mydock::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(InfoTest, MembersFollowTheVersion) {
  Info info;
  info.runc_commit.id = "1.0";
  info.firewall_backend.emplace();
  Info old = info;
  shape_for({1, 48}, old);
  EXPECT_THAT(to_json(old), HasSubstr(R"("RuncCommit":{"ID":"1.0","Expected":"1.0"})"));
  EXPECT_THAT(to_json(old), HasSubstr("BridgeNfIptables"));
  EXPECT_THAT(to_json(old), Not(HasSubstr("FirewallBackend")));
  shape_for({1, 51}, info);
  EXPECT_THAT(to_json(info), HasSubstr(R"("RuncCommit":{"ID":"1.0"})"));
  EXPECT_THAT(to_json(info), Not(HasSubstr("BridgeNf")));
  EXPECT_THAT(to_json(info), HasSubstr("FirewallBackend"));
}

TEST(InfoTest, WhatIsWrittenIsReadBack) {
  Info info;
  info.driver_status = {{"a", "b"}};
  info.runtimes["runc"] = {.path = "runc"};
  info.warnings = Strings{"w"};
  EXPECT_EQ(from_json<Info>(to_json(info)), info);
  EXPECT_THAT(to_json(info), HasSubstr(R"("GenericResources":null)"));
}

}  // namespace
}  // namespace mydock::api
