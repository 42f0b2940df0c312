#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/stop.h"
#include "fake_kernel.h"
#include "network/dns/message.h"
#include "network/networks.h"
#include "state/database.h"

// The name server on sockets of the host's loopback, asked as a container would.
namespace mydock::network {
namespace {

using dns::Code;
using dns::Message;

Fd bind_loopback(int type, sockaddr_in& address) {
  Fd fd(check(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  check(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  socklen_t size = sizeof address;
  check(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return fd;
}

Message make_query(const std::string& name, std::uint16_t type) {
  Message message(dns::kHeaderSize);
  message[1] = std::byte{7};
  message[2] = std::byte{1};
  message[5] = std::byte{1};
  std::string_view rest = name;
  while (!rest.empty()) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    message.push_back(static_cast<std::byte>(dot));
    for (const char c : rest.substr(0, dot)) message.push_back(static_cast<std::byte>(c));
    rest.remove_prefix(std::min(dot + 1, rest.size()));
  }
  for (const int part : {0, 0, int{type}, 0, 1}) {
    message.push_back(static_cast<std::byte>(part));
  }
  return message;
}

struct NamesTest : ::testing::Test {
  void SetUp() override {
    make_directories(directory, 0700);
    database.emplace(directory / "state.db");
    networks.emplace(*database, kernel, Options{});
    networks->start();
    networks->create({.name = "net", .subnet = parse_cidr("10.1.0.0/24")});
    networks->create({.name = "inner", .internal = true, .subnet = parse_cidr("10.2.0.0/24")});
    kernel.open_sockets = [this] {
      ResolverSockets sockets{bind_loopback(SOCK_DGRAM, udp), bind_loopback(SOCK_STREAM, tcp)};
      check(::listen(sockets.tcp.get(), 8), "listen");
      return sockets;
    };
    join("me", "net", {"me"});
    networks->serve_names("me", Sandbox(Fd()), {});
  }
  void TearDown() override {
    networks.reset();
    database.reset();
    remove_tree(directory);
  }
  void join(const std::string& id, const std::string& network, std::vector<std::string> names,
            std::map<std::string, std::string> links = {}) {
    networks->reserve(id, network, {.names = std::move(names), .links = std::move(links)});
  }
  // The code, and the last four bytes of each record as an address.
  struct Answer {
    Code code = Code::refused;
    std::vector<std::string> addresses;
    std::string raw;
  };
  Answer ask(const std::string& name, std::uint16_t type = dns::kTypeA) {
    const Fd client(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    check(::connect(client.get(), reinterpret_cast<sockaddr*>(&udp), sizeof udp), "connect");
    const Message query = make_query(name, type);
    check(::send(client.get(), query.data(), query.size(), 0), "send");
    return read(client, query);
  }
  Answer read(const Fd& client, const Message& query) {
    EXPECT_TRUE(wait_for(client, POLLIN, {}, deadline_after(std::chrono::seconds(5))));
    std::array<std::byte, 4096> buffer{};
    const ssize_t size = check(::recv(client.get(), buffer.data(), buffer.size(), 0), "recv");
    const ConstBytes message = ConstBytes(buffer).first(static_cast<std::size_t>(size));
    EXPECT_TRUE(dns::answers(message, query));
    Answer answer{dns::code_of(message), {}, std::string(as_text(message))};
    for (std::size_t at = query.size(); at + 16 <= message.size(); at += 16) {
      answer.addresses.push_back(to_string(from_wire(message.subspan(at + 12, 4))));
    }
    return answer;
  }

  fs::path directory = fs::temp_directory_path() / ("mydock-t-names-" + random_hex(8));
  FakeKernel kernel;
  sockaddr_in udp{};
  sockaddr_in tcp{};
  std::optional<state::Database> database;
  std::optional<Networks> networks;
};

using Texts = std::vector<std::string>;

TEST_F(NamesTest, NeighboursAreKnownByEachOfTheirNames) {
  join("web", "net", {"web", "www", "0123456789ab"});
  for (const std::string name : {"web", "WEB", "www", "0123456789ab", "web.net", "www.NET"}) {
    EXPECT_EQ(ask(name).addresses, Texts{"10.1.0.3"}) << name;
  }
  EXPECT_EQ(ask("me").addresses, Texts{"10.1.0.2"});
}

TEST_F(NamesTest, KnownNameWithoutAnIpv6AddressIsAnEmptyAnswer) {
  join("web", "net", {"web"});
  const Answer answer = ask("web", dns::kTypeAaaa);
  EXPECT_EQ(answer.code, Code::no_error);
  EXPECT_TRUE(answer.addresses.empty());
}

TEST_F(NamesTest, ThoseOfOneNameTakeTurns) {
  for (const std::string id : {"a", "b", "c"}) join(id, "net", {id, "service"});
  std::set<std::string> first;
  for (int i = 0; i < 3; ++i) {
    const Answer answer = ask("service");
    ASSERT_EQ(answer.addresses.size(), 3U);
    first.insert(answer.addresses[0]);
  }
  EXPECT_EQ(first.size(), 3U);
}

TEST_F(NamesTest, OthersNetworksAndTheDefaultBridgeAreNotSeen) {
  join("far", "inner", {"far"});
  join("old", "bridge", {"old"});
  EXPECT_EQ(ask("far").code, Code::no_such_name);
  EXPECT_EQ(ask("old").code, Code::no_such_name);
  join("me", "inner", {"me"});
  EXPECT_EQ(ask("far").addresses, Texts{"10.2.0.2"});
}

TEST_F(NamesTest, WithoutServersUnknownNamesFailAtOnce) {
  EXPECT_EQ(ask("nobody").code, Code::no_such_name);
  EXPECT_EQ(ask("nobody.example").code, Code::server_failure);
}

TEST_F(NamesTest, GoneAndRenamedContainersAreForgotten) {
  join("web", "net", {"web"});
  networks->rename("web", {{networks->get("net").id, {"shop"}}});
  EXPECT_EQ(ask("web").code, Code::no_such_name);
  EXPECT_EQ(ask("shop").addresses, Texts{"10.1.0.3"});
  networks->disconnect("web");
  EXPECT_EQ(ask("shop").code, Code::no_such_name);
}

TEST_F(NamesTest, LinkIsAWordOfOnesOwn) {
  join("web", "net", {"web"});
  join("me", "inner", {"me"}, {{"db", "store"}});
  join("store", "inner", {"store"});
  EXPECT_EQ(ask("db").addresses, Texts{"10.2.0.3"});
}

TEST_F(NamesTest, PointerNamesTheContainerAndItsNetwork) {
  join("web", "net", {"web"});
  const Answer answer = ask("3.0.1.10.in-addr.arpa", dns::kTypePtr);
  EXPECT_NE(answer.raw.find(std::string("\3web\3net", 8)), std::string::npos);
  EXPECT_NE(ask("9.0.1.10.in-addr.arpa", dns::kTypePtr).code, Code::no_error);
}

TEST_F(NamesTest, TwoRequestsInOnePieceAreAnsweredByTcp) {
  join("web", "net", {"web"});
  const Fd client(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  check(::connect(client.get(), reinterpret_cast<sockaddr*>(&tcp), sizeof tcp), "connect");
  const Message query = make_query("web", dns::kTypeA);
  std::string both;
  for (int i = 0; i < 2; ++i) {
    both += '\0';
    both += static_cast<char>(query.size());
    both += as_text(query);
  }
  write_all(client, both);
  std::string got;
  while (got.size() < 2 * (query.size() + 16 + 2)) {
    ASSERT_TRUE(wait_for(client, POLLIN, {}, deadline_after(std::chrono::seconds(5))));
    std::array<std::byte, 512> part{};
    const std::size_t size = read_some(client, part);
    ASSERT_NE(size, 0U);
    got += as_text(ConstBytes(part).first(size));
  }
  EXPECT_EQ(got.substr(0, got.size() / 2), got.substr(got.size() / 2));
}

}  // namespace
}  // namespace mydock::network
