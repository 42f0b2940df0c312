#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "fake_kernel.h"
#include "network/networks.h"
#include "state/database.h"

namespace mydock::network {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct NetworkCreateTest : ::testing::Test {
  void SetUp() override {
    make_directories(directory, 0700);
    database.emplace(directory / "state.db");
    networks.emplace(*database, kernel, Options{});
    networks->start();
  }
  void TearDown() override {
    networks.reset();
    database.reset();
    remove_tree(directory);
  }
  Error refusal(const NetworkSpec& spec) {
    try {
      networks->create(spec);
    } catch (const Error& error) {
      return error;
    }
    return {Kind::system, "(no error)"};
  }

  fs::path directory = fs::temp_directory_path() / ("mydock-t-netcreate-" + random_hex(8));
  FakeKernel kernel;
  std::optional<state::Database> database;
  std::optional<Networks> networks;
};

TEST_F(NetworkCreateTest, NetworkGetsTheNextPoolABridgeAndRules) {
  const NetworkRecord made = networks->create({.name = "web", .labels = {{"a", "b"}}});
  EXPECT_EQ(to_string(*made.subnet), "172.18.0.0/16");
  EXPECT_EQ(made.bridge, "br-" + made.id.substr(0, 12));
  EXPECT_EQ(kernel.bridges.back().name, made.bridge);
  EXPECT_THAT(kernel.rules, HasSubstr(made.bridge));
  EXPECT_EQ(networks->get("web"), made);
}

TEST_F(NetworkCreateTest, BadRequestsAreRefusedInDockersWords) {
  networks->create({.name = "there", .subnet = parse_cidr("10.1.0.0/24")});
  struct Case {
    NetworkSpec spec;
    Kind kind;
    std::string words;
  };
  const std::vector<Case> cases{
      {{.name = ""}, Kind::invalid, "network name cannot be empty"},
      {{.name = "a/b"}, Kind::invalid, "invalid network name: a/b"},
      {{.name = "host"}, Kind::forbidden, "operation is not permitted on predefined host network "},
      {{.name = "there"}, Kind::conflict, "network with name there already exists"},
      {{.name = "x", .driver = "foo"}, Kind::not_found, "plugin \"foo\" not found"},
      {{.name = "x", .driver = "macvlan"}, Kind::not_implemented, "-o parent=LINK"},
      {{.name = "x", .driver = "macvlan", .options = {{"parent", "eth9"}}},
       Kind::invalid,
       "the requested parent interface eth9 was not found"},
      {{.name = "x", .driver = "ipvlan"}, Kind::unavailable, "has no ipvlan links"},
      {{.name = "x", .subnet = parse_cidr("10.1.0.128/25")},
       Kind::forbidden,
       "invalid pool request: Pool overlaps with other one on this address space"},
      {{.name = "x", .subnet = parse_cidr("10.2.0.1/24")}, Kind::invalid, "10.2.0.0/24"},
      {{.name = "x", .subnet = parse_cidr("10.2.0.0/31")}, Kind::invalid, "invalid subnet"},
      {{.name = "x", .subnet = parse_cidr("10.2.0.0/24"), .gateway = parse_address("10.3.0.1")},
       Kind::invalid,
       "no matching subnet for gateway 10.3.0.1"},
      {{.name = "x", .options = {{"com.docker.network.bridge.name", "a\" accept; #"}}},
       Kind::invalid,
       "invalid bridge name"},
      {{.name = "x", .options = {{"com.docker.network.driver.mtu", "big"}}},
       Kind::invalid,
       "failed to parse com.docker.network.driver.mtu value"},
  };
  for (const Case& c : cases) {
    const Error error = refusal(c.spec);
    EXPECT_EQ(error.kind(), c.kind) << error.what();
    EXPECT_THAT(error.message(), HasSubstr(c.words));
  }
}

TEST_F(NetworkCreateTest, FailureLeavesNothing) {
  kernel.fail_bridges = true;
  EXPECT_THAT(refusal({.name = "web"}).message(), HasSubstr("on purpose"));
  EXPECT_FALSE(networks->find("web"));
  EXPECT_THAT(kernel.rules, Not(HasSubstr("br-")));
  kernel.fail_bridges = false;
  EXPECT_EQ(to_string(*networks->create({.name = "web"}).subnet), "172.18.0.0/16");
}

TEST_F(NetworkCreateTest, RemovedNetworkIsGoneFromKernelAndRules) {
  const NetworkRecord made = networks->create({.name = "web"});
  EXPECT_EQ(networks->remove("web").id, made.id);
  EXPECT_FALSE(networks->find("web"));
  EXPECT_EQ(kernel.removed, std::vector<std::string>{made.bridge});
  EXPECT_THAT(kernel.rules, Not(HasSubstr(made.bridge)));
}

TEST_F(NetworkCreateTest, NetworkWithEndpointsOrAPredefinedOneStays) {
  networks->create({.name = "web"});
  const auto endpoint = networks->reserve("id1", "web", {});
  try {
    networks->remove("web", {{"id1", "c1"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::forbidden);
    EXPECT_EQ(error.message(),
              "error while removing network: network web has active endpoints (name:\"c1\" id:\"" +
                  endpoint.id.substr(0, 12) + "\")");
  }
  try {
    networks->remove("bridge");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "bridge is a pre-defined network and cannot be removed");
  }
}

TEST_F(NetworkCreateTest, PoolsRunOut) {
  int made = 0;
  try {
    while (made < 100) networks->create({.name = fmt::format("n{}", made++)});
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "all predefined address pools have been fully subnetted");
  }
  EXPECT_EQ(made, 14 + 16 + 1);  // 172.18 to 172.31, sixteen of 192.168.0.0/20, and one too many
}

TEST_F(NetworkCreateTest, Ipv6ComesFromAPoolOrTheRequest) {
  const NetworkRecord pooled = networks->create({.name = "a", .enable_ipv6 = true});
  ASSERT_TRUE(pooled.ipv6);
  EXPECT_EQ(pooled.ipv6->cidr.prefix, 64);
  EXPECT_EQ(to_string(pooled.ipv6->cidr).substr(0, 2), "fd");
  EXPECT_TRUE(kernel.forwarding6);
  EXPECT_EQ(kernel.bridges.back().gateway6->address, pooled.ipv6->gateway);
  const NetworkRecord chosen = networks->create(
      {.name = "b", .enable_ipv6 = true, .ipv6 = Subnet{.cidr = *parse_cidr("fd00:1::/64")}});
  EXPECT_EQ(to_string(*chosen.ipv6->gateway), "fd00:1::1");
  const auto endpoint = networks->reserve("c1", "b", {});
  EXPECT_EQ(to_string(*endpoint.address6), "fd00:1::2/64");
  EXPECT_EQ(to_string(*endpoint.gateway6), "fd00:1::1");
  EXPECT_THAT(kernel.rules, HasSubstr("ip6 saddr fd00:1::/64 oifname != \"" + chosen.bridge));
  EXPECT_EQ(
      refusal(
          {.name = "c", .enable_ipv6 = true, .ipv6 = Subnet{.cidr = *parse_cidr("fd00:1::/80")}})
          .kind(),
      Kind::forbidden);
}

TEST_F(NetworkCreateTest, AuxiliaryAddressesAreNeverGiven) {
  networks->create({.name = "lab",
                    .subnet = parse_cidr("10.1.0.0/24"),
                    .auxiliary = {{"printer", *parse_address("10.1.0.2")}}});
  EXPECT_EQ(to_string(networks->reserve("c1", "lab", {}).address), "10.1.0.3/24");
}

TEST_F(NetworkCreateTest, TemplateGivesWhatItsUsersAre) {
  networks->create({.name = "plan", .subnet = parse_cidr("10.1.0.0/24"), .config_only = true});
  EXPECT_EQ(networks->create({.name = "web", .config_from = "plan"}).subnet,
            parse_cidr("10.1.0.0/24"));
  const auto refuse_remove = [&] {
    try {
      networks->remove("plan");
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };
  EXPECT_EQ(refuse_remove(),
            "error while removing network: configuration network \"plan\" is in use");
  EXPECT_THROW(networks->reserve("c1", "plan", {}), Error);
  EXPECT_EQ(refusal({.name = "x", .config_from = "nosuch"}).kind(), Kind::not_found);
  EXPECT_EQ(
      refusal({.name = "x", .subnet = parse_cidr("10.2.0.0/24"), .config_from = "plan"}).kind(),
      Kind::forbidden);
}

TEST_F(NetworkCreateTest, MacvlanNeedsNeitherBridgeNorRules) {
  kernel.rules.clear();
  const NetworkRecord made = networks->create({.name = "lan",
                                               .driver = "macvlan",
                                               .subnet = parse_cidr("10.1.0.0/24"),
                                               .options = {{"parent", "eth7"}}});
  EXPECT_TRUE(made.bridge.empty());
  const auto endpoint = networks->reserve("c1", "lan", {});
  networks->connect(Sandbox(Fd()), endpoint);
  EXPECT_EQ(kernel.connected.back().kind, LinkKind::macvlan);
  EXPECT_EQ(kernel.connected.back().bridge, "eth7");
}

}  // namespace
}  // namespace mydock::network
