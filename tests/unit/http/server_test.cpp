#include "http/server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "http/client.h"

namespace mydock::http {
namespace {

class ServerTest : public testing::Test {
 protected:
  ServerTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~ServerTest() override { fs::remove_all(folder_); }
  std::string path() const { return folder_ + "/test.sock"; }

 private:
  std::string folder_ = "/tmp/mydock-http-XXXXXX";
};

void hello(Request& request, Responder& respond) {
  respond.send(200, "text/plain", "hello " + request.read_body());
}

TEST_F(ServerTest, AClientKeepsItsConnection) {
  std::atomic<int> count = 0;
  Server server([&](Request& request, Responder& respond) {
    ++count;
    hello(request, respond);
  });
  server.listen(listen_unix(path(), 0600));
  Client http(Address{.unix_path = path()});
  for (int i = 0; i < 100; ++i) {
    const auto text = std::to_string(i);
    EXPECT_EQ(http.request({.method = "POST", .target = "/", .body = text}).read_body(),
              "hello " + text);
  }
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(count, 100);
}

TEST_F(ServerTest, ManyClientsAreServedAtOnce) {
  Server server(hello);
  server.listen(listen_unix(path(), 0600));
  std::vector<std::jthread> threads;
  for (int t = 0; t < 20; ++t) {
    threads.emplace_back([this] {
      Client http(Address{.unix_path = path()});
      for (int i = 0; i < 20; ++i) EXPECT_EQ(http.request({}).read_body(), "hello ");
    });
  }
  threads.clear();
  EXPECT_TRUE(server.stop());
}

TEST_F(ServerTest, StopEndsIdleConnectionsAndWaitingHandlers) {
  std::atomic<bool> waiting = false;
  Server server([&](Request& request, Responder& respond) {
    if (request.path() == "/wait") {
      const std::stop_token gone = request.gone();
      waiting = true;
      waiting.notify_all();
      const auto [never, other] = make_pipe();
      EXPECT_THROW(wait_for(never, POLLIN, gone), Error);
    }
    hello(request, respond);
  });
  server.listen(listen_unix(path(), 0600));
  Client idle(Address{.unix_path = path()});
  EXPECT_EQ(idle.request({}).read_body(), "hello ");
  std::jthread waiter([this] {
    Client http(Address{.unix_path = path()});
    EXPECT_EQ(http.request({.target = "/wait"}).read_body(), "hello ");
  });
  waiting.wait(false);
  EXPECT_TRUE(server.stop());
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(ServerTest, OneConnectionTooManyGets503) {
  Server server(hello, {.connections = 1});
  server.listen(listen_unix(path(), 0600));
  Client first(Address{.unix_path = path()});
  EXPECT_EQ(first.request({}).read_body(), "hello ");
  Client second(Address{.unix_path = path()});
  EXPECT_EQ(second.request({}).status(), 503);
}

TEST_F(ServerTest, ASocketGetsItsModeAndAStaleOneIsReplaced) {
  { const Fd stale = listen_unix(path(), 0600); }
  const Fd socket = listen_unix(path(), 0660);
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0660U);
  EXPECT_THROW(listen_unix(path(), 0600), Error);
}

TEST_F(ServerTest, TcpWorksToo) {
  Server server(hello);
  Fd listening = listen_tcp("127.0.0.1", 0);
  Client http(Address{.host = "127.0.0.1", .port = local_port(listening)});
  server.listen(std::move(listening));
  EXPECT_EQ(http.request({}).read_body(), "hello ");
}

}  // namespace
}  // namespace mydock::http
