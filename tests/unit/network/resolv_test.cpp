#include "network/resolv.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::network {
namespace {

std::string without_comments(const std::string& text) { return text.substr(text.find('\n') + 1); }

TEST(ResolvTest, LoopbackAndIpv6ServersAreLeftOut) {
  EXPECT_EQ(without_comments(container_resolv_conf("# a comment\n"
                                                   "nameserver 127.0.0.53\n"
                                                   "nameserver 10.0.0.2\n"
                                                   "nameserver ::1\n"
                                                   "nameserver fe80::1%eth0\n"
                                                   "domain old.example\n"
                                                   "search a.example  b.example\n"
                                                   "options edns0 trust-ad\n",
                                                   {})),
            "nameserver 10.0.0.2\nsearch a.example b.example\noptions edns0 trust-ad\n");
}

TEST(ResolvTest, WithoutAnyServerThePublicOnesAreUsed) {
  for (const std::string host :
       {"", "nameserver 127.0.0.1\n", "nameserver\n", ";nameserver 1.1.1.1"}) {
    EXPECT_EQ(without_comments(container_resolv_conf(host, {})),
              "nameserver 8.8.8.8\nnameserver 8.8.4.4\n")
        << host;
  }
}

TEST(ResolvTest, FlagsTakeThePlaceOfTheHosts) {
  const std::string host = "nameserver 10.0.0.2\nsearch a.example\noptions edns0\n";
  EXPECT_EQ(without_comments(container_resolv_conf(
                host, {.servers = {"127.0.0.1"}, .search = {"."}, .options = {"ndots:2"}})),
            "nameserver 127.0.0.1\noptions ndots:2\n");
}

TEST(ResolvTest, HostNetworkKeepsTheHostsTextUnlessOverridden) {
  const std::string host = "# mine\nnameserver 127.0.0.53\n";
  EXPECT_EQ(host_resolv_conf(host, {}), host);
  EXPECT_EQ(
      without_comments(host_resolv_conf(host, {.servers = {}, .search = {"x"}, .options = {}})),
      "nameserver 127.0.0.53\nsearch x\n");
}

TEST(HostsTest, ContainersOwnLineComesLast) {
  EXPECT_EQ(container_hosts({.hostname = "web",
                             .domainname = "example.org",
                             .addresses = {"172.17.0.2"},
                             .extra = {{"10.0.0.9", "db"}}}),
            "127.0.0.1\tlocalhost\n10.0.0.9\tdb\n172.17.0.2\tweb.example.org web\n");
}

TEST(HostsTest, Ipv6LinesOnlyWhereIpv6Is) {
  HostsOptions options{.hostname = "web", .domainname = {}, .addresses = {}, .extra = {}};
  EXPECT_EQ(container_hosts(options).find("ip6"), std::string::npos);
  options.ipv6 = true;
  EXPECT_NE(container_hosts(options).find("ff02::2\tip6-allrouters\n"), std::string::npos);
}

TEST(HostsTest, HostNetworkAddsToTheHostsFile) {
  HostsOptions options{
      .hostname = {}, .domainname = {}, .addresses = {}, .extra = {{"1.2.3.4", "a"}}};
  EXPECT_EQ(host_hosts("127.0.0.1 localhost", options), "127.0.0.1 localhost\n1.2.3.4\ta\n");
}

TEST(ExtraHostTest, BothSeparatorsAndIpv6) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(parse_extra_host("db:10.0.0.9", ""), (Pair{"10.0.0.9", "db"}));
  EXPECT_EQ(parse_extra_host("db=10.0.0.9", ""), (Pair{"10.0.0.9", "db"}));
  EXPECT_EQ(parse_extra_host("db:::1", ""), (Pair{"::1", "db"}));
  EXPECT_EQ(parse_extra_host("db=[::1]", ""), (Pair{"::1", "db"}));
  EXPECT_EQ(parse_extra_host("gate:host-gateway", "172.17.0.1"), (Pair{"172.17.0.1", "gate"}));
}

TEST(ExtraHostTest, BadEntriesAreRefused) {
  for (const std::string text : {"", "db", ":1.2.3.4", "db:", "db:1.2.3", "a\nb:1.2.3.4",
                                 "a b:1.2.3.4", "db:host-gateway"}) {
    EXPECT_THROW(parse_extra_host(text, ""), Error) << text;
  }
}

}  // namespace
}  // namespace mydock::network
