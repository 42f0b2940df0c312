#include "api/container_inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/container_list.h"

namespace mydock::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ContainerInspect web() {
  ContainerInspect container;
  container.id = "1a2b3c4d5e6f" + std::string(52, '0');
  container.name = "/web";
  EndpointSettings endpoint;
  endpoint.ip_address = "172.17.0.2";
  endpoint.dns_names = Strings{"web"};
  container.network_settings.networks["bridge"] = endpoint;
  container.network_settings.networks["mine"] = endpoint;
  return container;
}

std::string text_for(ApiVersion version) {
  ContainerInspect container = web();
  shape_for(version, container);
  return to_json(container);
}

TEST(ContainerInspectTest, OldClientsFindTheBridgesAddressAtTheTop) {
  EXPECT_THAT(text_for({1, 51}), HasSubstr(R"("SecondaryIPv6Addresses":null,"EndpointID":"")"));
  EXPECT_THAT(text_for({1, 51}), HasSubstr(R"("IPAddress":"172.17.0.2","IPPrefixLen":0)"));
  EXPECT_THAT(text_for({1, 52}), Not(HasSubstr("HairpinMode")));
}

TEST(ContainerInspectTest, MembersFollowTheVersion) {
  struct Case {
    const char* text;
    ApiVersion first;
  };
  for (const Case& c : {Case{"GwPriority", {1, 48}}, Case{"DNSNames", {1, 44}}}) {
    EXPECT_THAT(text_for(c.first), HasSubstr(c.text));
    EXPECT_THAT(text_for({1, c.first.minor - 1}), Not(HasSubstr(c.text)));
  }
  EXPECT_THAT(text_for({1, 51}), HasSubstr(R"("OnBuild":null)"));
  EXPECT_THAT(text_for({1, 52}), Not(HasSubstr("OnBuild")));
}

TEST(ContainerInspectTest, TheShortIdWasAnAliasOnOwnNetworksOnly) {
  ContainerInspect container = web();
  shape_for({1, 44}, container);
  EXPECT_EQ(container.network_settings.networks["mine"].aliases, (Strings{"1a2b3c4d5e6f"}));
  EXPECT_EQ(container.network_settings.networks["bridge"].aliases, std::nullopt);
}

TEST(ContainerInspectTest, ZeroTimesAreDockers) {
  EXPECT_THAT(text_for({1, 51}), HasSubstr(R"("StartedAt":"0001-01-01T00:00:00Z")"));
}

TEST(ContainerInspectTest, WhatIsWrittenIsReadBack) {
  ContainerInspect container = web();
  shape_for({1, 51}, container);
  container.size_rw = 0;
  container.state.health.emplace();
  EXPECT_EQ(from_json<ContainerInspect>(to_json(container)), container);
}

TEST(ContainerListTest, PortsOmitWhatIsNotPublished) {
  EXPECT_EQ(to_json(PortSummary{.ip = "", .private_port = 443, .public_port = 0, .type = "tcp"}),
            R"({"PrivatePort":443,"Type":"tcp"})");
}

TEST(ContainerListTest, ListsTellLessAboutEndpoints) {
  ContainerSummary summary;
  summary.health.emplace();
  summary.network_settings.networks["n"].aliases = Strings{"x"};
  shape_for({1, 51}, summary);
  EXPECT_FALSE(summary.health);
  EXPECT_THAT(to_json(summary), HasSubstr(R"("Aliases":null)"));
  EXPECT_THAT(to_json(summary), HasSubstr(R"("Ports":[],"Labels":{})"));
}

}  // namespace
}  // namespace mydock::api
