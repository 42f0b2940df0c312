#include "network/networks.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "fake_kernel.h"
#include "state/database.h"

namespace mydock::network {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct NetworksTest : ::testing::Test {
  void SetUp() override { make_directories(directory, 0700); }
  void TearDown() override {
    networks.reset();
    database.reset();
    remove_tree(directory);
  }
  void start(Options options = {}) {
    networks.reset();
    database.reset();
    database.emplace(directory / "state.db");
    networks.emplace(*database, kernel, std::move(options));
    networks->start();
  }
  std::string reserve(const std::string& container, const std::string& network = "bridge",
                      const EndpointSpec& spec = {}) {
    return to_string(networks->reserve(container, network, spec).address);
  }
  template <class F>
  Error refusal(F&& body) {
    try {
      body();
    } catch (const Error& error) {
      return error;
    }
    return {Kind::system, "(no error)"};
  }

  fs::path directory = fs::temp_directory_path() / ("mydock-t-networks-" + random_hex(8));
  FakeKernel kernel;
  std::optional<state::Database> database;
  std::optional<Networks> networks;
};

TEST_F(NetworksTest, StartMakesThePredefinedNetworksAndTheBridge) {
  start();
  EXPECT_EQ(networks->list().size(), 3U);
  const NetworkRecord bridge = networks->get("bridge");
  EXPECT_TRUE(is_id(bridge.id));
  EXPECT_EQ(to_string(*bridge.subnet), "172.17.0.0/16");
  EXPECT_EQ(to_string(*bridge.gateway), "172.17.0.1");
  EXPECT_EQ(bridge.options.at("com.docker.network.bridge.name"), "mydock0");
  EXPECT_EQ(networks->get("host").driver, "host");
  EXPECT_EQ(networks->get("none").driver, "null");
  ASSERT_EQ(kernel.bridges.size(), 1U);
  EXPECT_EQ(to_string(kernel.bridges[0].gateway), "172.17.0.1/16");
  EXPECT_TRUE(kernel.forwarding);
  EXPECT_THAT(kernel.rules, HasSubstr("ip saddr 172.17.0.0/16 oifname != \"mydock0\" masquerade"));
}

TEST_F(NetworksTest, IdsStayOverRestarts) {
  start();
  const auto before = networks->list();
  start();
  EXPECT_EQ(networks->list(), before);
}

TEST_F(NetworksTest, PoolThatTheHostUsesIsSkipped) {
  kernel.host_routes = {{*parse_cidr("172.17.4.0/24"), "eth0"},
                        {*parse_cidr("172.18.0.0/16"), "mydock0"}};
  start();
  EXPECT_EQ(to_string(*networks->get("bridge").subnet), "172.18.0.0/16");
}

TEST_F(NetworksTest, OptionsShapeTheDefaultBridge) {
  Options options;
  options.bip = parse_cidr("10.5.0.9/24");
  options.fixed_cidr = parse_cidr("10.5.0.128/25");
  options.bridge_name = "br7";
  options.icc = false;
  options.mtu = 1400;
  options.ip_forward = false;
  options.ip_masq = false;
  start(options);
  const auto endpoint = networks->reserve("c1", "bridge", {});
  EXPECT_EQ(to_string(endpoint.address), "10.5.0.128/24");
  EXPECT_EQ(to_string(*endpoint.gateway), "10.5.0.9");
  networks->connect(Sandbox(Fd()), endpoint);
  EXPECT_EQ(kernel.connected[0].bridge, "br7");
  EXPECT_EQ(kernel.connected[0].mtu, 1400);
  EXPECT_TRUE(kernel.connected[0].isolated);
  EXPECT_FALSE(kernel.forwarding);
  EXPECT_THAT(kernel.rules, Not(HasSubstr("oifname != \"br7\" masquerade")));
}

TEST_F(NetworksTest, WithoutAFirewallNoRulesAreLoaded) {
  Options options;
  options.firewall = false;
  start(options);
  EXPECT_EQ(kernel.rules, "");
  EXPECT_FALSE(kernel.bridges[0].route_loopback);
  EXPECT_FALSE(networks->supports_ports());
}

TEST_F(NetworksTest, BridgeNoneMeansNoDefaultBridge) {
  Options options;
  options.bridge_name = "none";
  start(options);
  EXPECT_FALSE(networks->find("bridge"));
  EXPECT_TRUE(kernel.bridges.empty());
}

TEST_F(NetworksTest, FindsByNameIdAndUniquePrefix) {
  start();
  const std::string id = networks->get("bridge").id;
  EXPECT_EQ(networks->get(id).name, "bridge");
  EXPECT_EQ(networks->get(id.substr(0, 20)).name, "bridge");
  EXPECT_FALSE(networks->find(""));
  EXPECT_EQ(refusal([&] { networks->get("nope"); }).message(), "network nope not found");
  EXPECT_EQ(refusal([&] { networks->get("nope"); }).kind(), Kind::not_found);
}

TEST_F(NetworksTest, LowestFreeAddressIsGivenAndGivenAgain) {
  start();
  EXPECT_EQ(reserve("c1"), "172.17.0.2/16");
  EXPECT_EQ(reserve("c2"), "172.17.0.3/16");
  EXPECT_EQ(reserve("c1"), "172.17.0.2/16");
  networks->disconnect("c1");
  EXPECT_EQ(reserve("c3"), "172.17.0.2/16");
  EXPECT_EQ(networks->endpoints().size(), 2U);
}

TEST_F(NetworksTest, MacFollowsTheAddressUnlessOneIsGiven) {
  start();
  EXPECT_EQ(to_string(networks->reserve("c1", "bridge", {}).mac), "02:42:ac:11:00:02");
  const auto given = networks->reserve("c2", "bridge", {.mac = parse_mac("02:00:00:00:00:07")});
  EXPECT_EQ(to_string(given.mac), "02:00:00:00:00:07");
}

TEST_F(NetworksTest, SecondNetworkGetsTheNextInterfaceAndNoDefaultRoute) {
  start();
  networks->create({.name = "other"});
  networks->reserve("c1", "bridge", {});
  const auto second = networks->reserve("c1", "other", {});
  EXPECT_EQ(second.interface, "eth1");
  networks->connect(Sandbox(Fd()), second);
  EXPECT_FALSE(kernel.connected[0].gateway);
  EXPECT_EQ(networks->endpoints_of("c1").size(), 2U);
}

TEST_F(NetworksTest, SmallNetworkIsUsedUpAndFilledAgain) {
  start();
  networks->create({.name = "small", .subnet = parse_cidr("10.1.0.0/29")});
  const auto fill = [&] {
    for (int i = 0; i < 5; ++i) reserve(fmt::format("c{}", i), "small");
  };
  fill();
  EXPECT_EQ(refusal([&] { reserve("c9", "small"); }).kind(), Kind::unavailable);
  for (int i = 0; i < 5; ++i) networks->disconnect(fmt::format("c{}", i));
  fill();
}

TEST_F(NetworksTest, WantedAddressIsCheckedInDockersWords) {
  start();
  networks->create({.name = "own", .subnet = parse_cidr("10.1.0.0/24")});
  const auto want = [&](const std::string& container, const std::string& network,
                        const std::string& address) {
    return refusal([&] { reserve(container, network, {.address = parse_address(address)}); });
  };
  EXPECT_EQ(want("c1", "own", "10.1.0.77").message(), "(no error)");
  EXPECT_EQ(want("c2", "own", "10.1.0.77").message(), "Address already in use");
  EXPECT_EQ(want("c2", "own", "10.1.0.1").kind(), Kind::forbidden);
  EXPECT_EQ(want("c2", "own", "10.1.0.255").kind(), Kind::forbidden);
  EXPECT_EQ(want("c2", "own", "10.2.0.1").message(),
            "no configured subnet contains IP address 10.2.0.1");
  EXPECT_EQ(want("c2", "bridge", "172.17.0.9").message(),
            "user-specified IP address is supported on user-defined networks only");
}

TEST_F(NetworksTest, HostAndNoneNeedNoKernel) {
  start();
  for (const std::string name : {"host", "none"}) {
    const auto endpoint = networks->reserve("c1", name, {});
    EXPECT_EQ(endpoint.address.prefix, 0);
    networks->connect(Sandbox(Fd()), endpoint);
  }
  EXPECT_TRUE(kernel.connected.empty());
}

TEST_F(NetworksTest, LeasesSurviveARestartAndDeadOnesAreFreed) {
  start();
  reserve("dead");
  reserve("live");
  start();
  EXPECT_EQ(reserve("new"), "172.17.0.4/16");
  networks->recover({"live", "new"});
  EXPECT_EQ(reserve("newer"), "172.17.0.2/16");
  EXPECT_EQ(reserve("live"), "172.17.0.3/16");
}

TEST_F(NetworksTest, ManyThreadsNeverGetOneAddressTwice) {
  start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) reserve(fmt::format("c{}-{}", t, i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> addresses;
  for (const auto& endpoint : networks->endpoints()) addresses.insert(to_string(endpoint.address));
  EXPECT_EQ(addresses.size(), 100U);
}

TEST_F(NetworksTest, PublishedPortsEndWithTheEndpoint) {
  start();
  const auto endpoint = networks->reserve("c1", "bridge", {});
  const auto ports =
      networks->publish(endpoint.id, {{.container_port = 80, .host_ip = "127.0.0.1"}});
  ASSERT_EQ(ports.size(), 1U);
  ASSERT_EQ(kernel.published.size(), 1U);
  EXPECT_EQ(to_string(kernel.published[0].target), "172.17.0.2");
  EXPECT_EQ(networks->endpoints_of("c1")[0].ports, ports);
  networks->disconnect("c1");
  EXPECT_TRUE(kernel.published.empty());
}

TEST_F(NetworksTest, PublishedPortsAreThereAfterARestart) {
  start();
  const auto endpoint = networks->reserve("c1", "bridge", {});
  const auto ports =
      networks->publish(endpoint.id, {{.container_port = 80, .host_ip = "127.0.0.1"}});
  start();
  EXPECT_EQ(networks->endpoints_of("c1")[0].ports, ports);
  EXPECT_THAT(kernel.rules,
              HasSubstr(fmt::format("tcp . 127.0.0.1 . {} : 172.17.0.2 . 80", ports[0].host_port)));
}

TEST_F(NetworksTest, PortsThatTheKernelRefusesAreFreeAgain) {
  start();
  const auto endpoint = networks->reserve("c1", "bridge", {});
  kernel.fail_publish = true;
  const PortRequest request{.container_port = 80, .host_ip = "127.0.0.1"};
  EXPECT_THROW(networks->publish(endpoint.id, {request}), Error);
  EXPECT_TRUE(networks->endpoints_of("c1")[0].ports.empty());
}

TEST_F(NetworksTest, DefaultRouteFollowsPriorityThenName) {
  start();
  networks->create({.name = "aaa"});
  networks->create({.name = "zzz"});
  networks->create({.name = "inner", .internal = true});
  EXPECT_FALSE(networks->way_out("c1"));
  networks->reserve("c1", "inner", {.priority = 100});
  EXPECT_FALSE(networks->way_out("c1"));
  networks->reserve("c1", "zzz", {});
  networks->reserve("c1", "aaa", {});
  EXPECT_EQ(networks->way_out("c1")->network_id, networks->get("aaa").id);
  networks->reserve("c1", "bridge", {.priority = 7});
  EXPECT_EQ(networks->way_out("c1")->network_id, networks->get("bridge").id);
  networks->disconnect("c1", "bridge", Sandbox(Fd()));
  EXPECT_EQ(kernel.disconnected, std::vector<std::string>{"eth3"});
  EXPECT_EQ(kernel.default_routes.interface, "eth2");
}

TEST_F(NetworksTest, RulesAreLoadedAgainWhenSomebodyFlushesThem) {
  start();
  kernel.flush_rules();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const auto loaded = [&] {
    const std::lock_guard lock(kernel.flush_mutex);
    return !kernel.rules.empty();
  };
  while (!loaded() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_TRUE(loaded());
}

TEST_F(NetworksTest, PortsOfBothFamiliesHaveOneNumber) {
  start();
  networks->create({.name = "six", .enable_ipv6 = true});
  const auto endpoint = networks->reserve("c1", "six", {});
  const auto ports = networks->publish(endpoint.id, {{.container_port = 80}});
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_EQ(ports[0].host_port, ports[1].host_port);
  EXPECT_TRUE(ports[1].host.v6);
  EXPECT_EQ(kernel.published[1].target, endpoint.address6->address);
  const auto plain = networks->reserve("c2", "bridge", {});
  EXPECT_EQ(refusal([&] {
              networks->publish(plain.id, {{.container_port = 80, .host_ip = "fd00::1"}});
            }).kind(),
            Kind::system);  // not an address of this host
}

}  // namespace
}  // namespace mydock::network
