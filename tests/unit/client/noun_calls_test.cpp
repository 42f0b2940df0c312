#include <gtest/gtest.h>

#include "tests/unit/client/fake_daemon.h"

namespace mydock::client {
namespace {

using Lines = std::vector<std::string>;

TEST(NounCallsTest, ImageRequestsAreDockers) {
  FakeDaemon daemon(answer(200, "[]"));
  ApiClient client(daemon.host());
  ImageCalls& images = client.images();
  images.list({.all = true});
  images.tag("a/b:1", "c", "2");
  images.remove("a", true, false);
  images.save({"a", "b"}).read_body();
  TextSource tar("tar");
  images.load(tar, true).read_body();
  images.import({.repository = "r", .changes = {"CMD x"}}, &tar).read_body();
  images.pull({.image = "alpine", .tag = "3"}).read_body();
  EXPECT_EQ(daemon.asked(),
            (Lines{"GET /v1.51/images/json?all=1", "POST /v1.51/images/a/b:1/tag?repo=c&tag=2",
                   "DELETE /v1.51/images/a?force=1", "GET /v1.51/images/get?names=a&names=b",
                   "POST /v1.51/images/load?quiet=1 tar",
                   "POST /v1.51/images/create?fromSrc=-&repo=r&changes=CMD%20x",
                   "POST /v1.51/images/create?fromImage=alpine&tag=3"}));
}

TEST(NounCallsTest, ExecRequestsAreDockers) {
  FakeDaemon daemon(answer(200, "{\"Id\":\"e1\"}"));
  ApiClient client(daemon.host());
  api::ExecCreate create;
  create.cmd = {"sh"};
  EXPECT_EQ(client.execs().create("web", create), "e1");
  client.execs().start_detached("e1");
  client.execs().resize("e1", 1, 2);
  EXPECT_EQ(daemon.asked()[1], "POST /v1.51/exec/e1/start {\"Detach\":true,\"Tty\":false}");
  EXPECT_EQ(daemon.asked()[2], "POST /v1.51/exec/e1/resize?h=1&w=2");
}

TEST(NounCallsTest, NetworkAndVolumeRequestsAreDockers) {
  FakeDaemon daemon(answer(200, "{}"));
  ApiClient client(daemon.host());
  client.networks().disconnect("n", {.container = "c", .force = true});
  client.networks().remove("n");
  client.volumes().create({.name = "v", .driver = "", .driver_opts = {}, .labels = {}});
  client.volumes().remove("v", true);
  EXPECT_EQ(daemon.asked(),
            (Lines{"POST /v1.51/networks/n/disconnect {\"Container\":\"c\",\"Force\":true}",
                   "DELETE /v1.51/networks/n", "POST /v1.51/volumes/create {\"Name\":\"v\"}",
                   "DELETE /v1.51/volumes/v?force=1"}));
}

TEST(NounCallsTest, APingIsReadFromItsHeaders) {
  FakeDaemon daemon([](http::Request&, http::Responder& respond) {
    respond.header("Api-Version", "1.51");
    respond.header("Ostype", "linux");
    respond.send(200, "text/plain", "");
  });
  ApiClient client(daemon.host());
  const api::Ping ping = client.system().ping();
  EXPECT_EQ(ping.api_version, "1.51");
  EXPECT_EQ(ping.os_type, "linux");
}

}  // namespace
}  // namespace mydock::client
