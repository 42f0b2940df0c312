#include "network/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mydock::network {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

NetworkRecord bridged(const std::string& bridge, const std::string& subnet, bool internal = false) {
  NetworkRecord record;
  record.bridge = bridge;
  record.subnet = parse_cidr(subnet);
  record.internal = internal;
  return record;
}

TEST(RulesTest, WhatWasThereIsReplacedButTheOwnersChain) {
  const std::string text = firewall_rules({}, {}, {});
  EXPECT_THAT(text, ::testing::StartsWith("add table inet mydock\n"));
  EXPECT_THAT(text, HasSubstr("flush chain inet mydock forward\n"));
  EXPECT_THAT(text, Not(HasSubstr("flush chain inet mydock user")));
  EXPECT_THAT(text, Not(HasSubstr("delete table")));
}

TEST(RulesTest, EachNetworkIsMasqueradedAndItsNeighboursMayTalk) {
  const std::string text =
      firewall_rules({bridged("br1", "10.1.0.0/24"), bridged("br2", "10.2.0.0/24")}, {}, {});
  EXPECT_THAT(text, HasSubstr("elements = { \"br1\", \"br2\" }"));
  EXPECT_THAT(text, HasSubstr("ip saddr 10.1.0.0/24 oifname != \"br1\" masquerade"));
  EXPECT_THAT(text, HasSubstr("iifname \"br2\" oifname \"br2\" accept"));
}

TEST(RulesTest, InternalNetworkIsNeitherMasqueradedNorForwarded) {
  const std::string text = firewall_rules({bridged("br1", "10.1.0.0/24", true)}, {}, {});
  EXPECT_THAT(text, Not(HasSubstr("oifname != \"br1\" masquerade")));
  EXPECT_THAT(text, HasSubstr("iifname \"br1\" drop"));
}

TEST(RulesTest, MasqueradeIsOffByOption) {
  NetworkRecord network = bridged("br1", "10.1.0.0/24");
  EXPECT_THAT(firewall_rules({network}, {.masquerade = false}, {}),
              Not(HasSubstr("oifname != \"br1\" masquerade")));
  network.options["com.docker.network.bridge.enable_ip_masquerade"] = "false";
  EXPECT_THAT(firewall_rules({network}, {}, {}), Not(HasSubstr("oifname != \"br1\" masquerade")));
}

TEST(RulesTest, PublishedPortsAreElementsOfTheMaps) {
  const Publication any{"tcp", {}, 8080, *parse_address("10.1.0.2"), 80};
  const Publication one{"udp", *parse_address("127.0.0.1"), 53, *parse_address("10.1.0.3"), 5353};
  const std::string text = firewall_rules({}, {}, {any, one});
  EXPECT_THAT(text, HasSubstr("elements = { tcp . 8080 : 10.1.0.2 . 80 }"));
  EXPECT_THAT(text, HasSubstr("elements = { udp . 127.0.0.1 . 53 : 10.1.0.3 . 5353 }"));
}

}  // namespace
}  // namespace mydock::network
