#include "client/container_calls.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/client/fake_daemon.h"

namespace mydock::client {
namespace {

using Lines = std::vector<std::string>;

TEST(ContainerCallsTest, RequestsAreDockers) {
  FakeDaemon daemon(answer(200, "{}"));
  ApiClient client(daemon.host());
  ContainerCalls& calls = client.containers();
  calls.start("a");
  calls.stop("a", {.signal = "INT", .timeout = -1});
  calls.kill("a", "KILL");
  calls.rename("a", "b c");
  calls.remove("a", {.volumes = true, .force = true});
  calls.resize("a", 24, 80);
  calls.inspect("a");
  calls.wait("a", "removed").finish();
  const std::string v = "/v1.51/containers/a";
  EXPECT_EQ(daemon.asked(),
            (Lines{"POST " + v + "/start", "POST " + v + "/stop?signal=INT&t=-1",
                   "POST " + v + "/kill?signal=KILL", "POST " + v + "/rename?name=b%20c",
                   "DELETE " + v + "?v=1&force=1", "POST " + v + "/resize?h=24&w=80",
                   "GET " + v + "/json", "POST " + v + "/wait?condition=removed"}));
}

TEST(ContainerCallsTest, StopTellsWhetherItRan) {
  std::atomic<int> status = 204;
  FakeDaemon daemon([&](http::Request&, http::Responder& respond) { respond.send_status(status); });
  ApiClient client(daemon.host());
  EXPECT_TRUE(client.containers().stop("a", {}));
  status = 304;
  EXPECT_FALSE(client.containers().stop("a", {}));
}

TEST(ContainerCallsTest, WaitReturnsWhenTheDaemonIsWaiting) {
  std::atomic<bool> started = false;
  FakeDaemon daemon([&](http::Request& request, http::Responder& respond) {
    if (request.segments().back() == "start") {
      respond.send_status(204);
      started = true;
      started.notify_all();
      return;
    }
    Sink& out = respond.begin_stream(200, "application/json");
    started.wait(false);
    out.write("{\"StatusCode\":7}\n");
  });
  ApiClient client(daemon.host());
  Waiting waiting = client.containers().wait("a", "next-exit");
  client.containers().start("a");
  EXPECT_EQ(waiting.finish().status_code, 7);
}

TEST(ContainerCallsTest, ListAndCreateAreTyped) {
  FakeDaemon daemon([](http::Request& request, http::Responder& respond) {
    if (request.segments().back() == "create") {
      respond.send(201, "application/json", "{\"Id\":\"abc\",\"Warnings\":[\"w\"]}");
    } else {
      respond.send(200, "application/json", "[{\"Id\":\"abc\",\"Names\":[\"/web\"]}]");
    }
  });
  ApiClient client(daemon.host());
  api::ContainerCreate create;
  create.config.image = "busybox";
  create.config.cmd = {"true"};
  EXPECT_EQ(client.containers().create("web", create),
            (api::ContainerCreated{.id = "abc", .warnings = {"w"}}));
  ContainerListQuery query{.all = true, .limit = 3};
  query.filters.add("status", "exited");
  const auto list = client.containers().list(query);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].names, (Lines{"/web"}));
  EXPECT_EQ(daemon.asked()[1],
            "GET /v1.51/containers/json?all=1&filters=%7B%22status%22%3A%7B%22exited%22%3Atrue%7D"
            "%7D&limit=3");
}

TEST(ContainerCallsTest, PathStatComesFromTheHeader) {
  FakeDaemon daemon([](http::Request&, http::Responder& respond) {
    // {"name":"f","size":5}
    respond.header("X-Docker-Container-Path-Stat", "eyJuYW1lIjoiZiIsInNpemUiOjV9");
    respond.send_status(200);
  });
  ApiClient client(daemon.host());
  const api::PathStat stat = client.containers().stat_path("a", "/f");
  EXPECT_EQ(stat.name, "f");
  EXPECT_EQ(stat.size, 5);
}

}  // namespace
}  // namespace mydock::client
