#include "client/session.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/unit/client/fake_daemon.h"

namespace mydock::client {
namespace {

using Lines = std::vector<std::string>;

std::pair<Kind, std::string> error_of(Session& session, const Call& call) {
  try {
    session.done(call);
  } catch (const Error& error) {
    return {error.kind(), error.message()};
  }
  return {Kind::system, "no error"};
}

TEST(SessionTest, HostsAreParsedAsDockerHost) {
  EXPECT_EQ(parse_host("unix:///run/x.sock").unix_path, "/run/x.sock");
  EXPECT_EQ(parse_host("tcp://10.0.0.1:99"), (http::Address{.host = "10.0.0.1", .port = 99}));
  EXPECT_EQ(parse_host("tcp://[::1]:99/"), (http::Address{.host = "::1", .port = 99}));
  for (const char* host : {"", "unix://", "x", "tcp://", "tcp://a:b", "http://a:1"}) {
    EXPECT_THROW(parse_host(host), Error) << host;
  }
}

TEST(SessionTest, QueriesAreEscaped) {
  EXPECT_EQ(Query().add("a", "x y&z=/ü").add_if("b", "").flag("c", true).flag("d", false).text(),
            "?a=x%20y%26z%3D%2F%C3%BC&c=1");
}

TEST(SessionTest, OnlyImageNamesKeepTheirSlashes) {
  EXPECT_EQ(object_path("images", "a.io/b:c@d", "json"), "/images/a.io/b:c@d/json");
  EXPECT_EQ(object_path("containers", "/../x y"), "/containers/%2F..%2Fx%20y");
}

TEST(SessionTest, TheDaemonsWordsAndStatusMakeTheError) {
  struct Case {
    int status;
    std::string body;
    Kind kind;
    std::string message;
  };
  const Case cases[] = {
      {404, "{\"message\":\"No such container: x\"}", Kind::not_found, "No such container: x"},
      {409, "{\"message\":\"taken\"}", Kind::conflict, "taken"},
      {500, "plain text\r\n", Kind::system, "plain text"},
      {400, "{broken", Kind::invalid, "{broken"},
      {418, "", Kind::invalid, "request returned 418 for API route GET /x"},
  };
  for (const Case& c : cases) {
    FakeDaemon daemon(answer(c.status, c.body));
    Session session(daemon.host());
    EXPECT_EQ(error_of(session, {.path = "/x"}), std::pair(c.kind, c.message));
  }
}

TEST(SessionTest, NobodyThereIsSaidInDockersWords) {
  Session session("unix:///nowhere/x.sock");
  EXPECT_EQ(error_of(session, {.path = "/x"}),
            std::pair(Kind::unavailable,
                      std::string("Cannot connect to the Docker daemon at "
                                  "unix:///nowhere/x.sock. Is the docker daemon running?")));
}

TEST(SessionTest, AnOlderDaemonIsSpokenToInItsVersion) {
  FakeDaemon daemon([](http::Request& request, http::Responder& respond) {
    if (request.segments()[0] == "v1.51") {
      respond.header("Api-Version", "1.41");
      respond.send(400, "application/json",
                   "{\"message\":\"client version 1.51 is too new. Maximum supported API version "
                   "is 1.41\"}");
    } else {
      respond.send(200, "application/json", "{}");
    }
  });
  Session session(daemon.host());
  session.done({.path = "/info"});
  session.done({.path = "/info"});
  EXPECT_EQ(daemon.asked(), (Lines{"GET /v1.51/info", "GET /v1.41/info", "GET /v1.41/info"}));

  Session streaming(daemon.host());
  TextSource tar("bytes");
  streaming.done({.method = "PUT", .path = "/load", .body = &tar});
  EXPECT_EQ(daemon.asked().back(), "PUT /v1.41/load bytes");
}

TEST(SessionTest, UpgradeTellsWhetherTheStreamIsFramed) {
  FakeDaemon daemon([](http::Request& request, http::Responder& respond) {
    EXPECT_EQ(request.header("Upgrade"), "tcp");
    auto hijacked = respond.hijack(
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    write_all(hijacked.socket, "out");
  });
  Session session(daemon.host());
  HijackedStream stream = session.upgrade({.path = "/containers/x/attach"});
  EXPECT_TRUE(stream.multiplexed);
  EXPECT_EQ(stream.pending + read_to_end(stream.socket, 10), "out");
}

}  // namespace
}  // namespace mydock::client
