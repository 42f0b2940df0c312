#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/container_results.h"
#include "api/container_stats.h"
#include "api/disk_usage.h"
#include "api/error.h"
#include "api/exec.h"
#include "api/network.h"
#include "api/network_requests.h"
#include "api/system.h"
#include "api/volume.h"

namespace mydock::api {
namespace {

TEST(WireTypesTest, SmallAnswersAreDockers) {
  EXPECT_EQ(to_json(ContainerWait{.status_code = 3, .error = {}}), R"({"StatusCode":3})");
  EXPECT_EQ(to_json(ContainerWait{.status_code = 1, .error = WaitError{"x"}}),
            R"({"StatusCode":1,"Error":{"Message":"x"}})");
  EXPECT_EQ(to_json(IdAnswer{"a"}), R"({"Id":"a"})");
  EXPECT_EQ(to_json(ContainersPruned()), R"({"ContainersDeleted":null,"SpaceReclaimed":0})");
  EXPECT_EQ(to_json(VolumeList()), R"({"Volumes":[],"Warnings":null})");
  EXPECT_EQ(to_json(NetworkCreated{.id = "n", .warning = ""}), R"({"Id":"n","Warning":""})");
  EXPECT_EQ(to_json(ErrorBody{"<no>"}), R"({"message":"<no>"})");
  EXPECT_EQ(to_json(AuthAnswer{.identity_token = "", .status = "ok"}),
            R"({"IdentityToken":"","Status":"ok"})");
}

TEST(WireTypesTest, ExecInspectHasItsOddNames) {
  ExecInspect exec;
  exec.id = "e";
  EXPECT_EQ(to_json(exec),
            R"({"ID":"e","Running":false,"ExitCode":null,"ProcessConfig":{"tty":false,)"
            R"("entrypoint":"","arguments":[],"privileged":false},"OpenStdin":false,)"
            R"("OpenStderr":false,"OpenStdout":false,"CanRemove":false,"ContainerID":"",)"
            R"("DetachKeys":"","Pid":0})");
}

TEST(WireTypesTest, EmptyStatsOmitTheirZeroes) {
  const std::string text = to_json(ContainerStats());
  EXPECT_THAT(text, testing::HasSubstr(R"("memory_stats":{},"pids_stats":{},"blkio_stats":{)"
                                       R"("io_service_bytes_recursive":null,)"));
  EXPECT_THAT(text, testing::HasSubstr(R"("preread":"0001-01-01T00:00:00Z")"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("networks")));
}

TEST(WireTypesTest, NetworksFollowTheVersion) {
  NetworkInspect network;
  shape_for({1, 47}, network);
  EXPECT_THAT(to_json(network), testing::Not(testing::HasSubstr("EnableIPv4")));
  EXPECT_THAT(to_json(NetworkInspect()), testing::HasSubstr(R"("EnableIPv4":true)"));
}

TEST(WireTypesTest, DiskUsageOmitsWhatWasNotAskedFor) {
  DiskUsage usage;
  usage.images.emplace();
  shape_for({1, 51}, usage);
  EXPECT_EQ(to_json(usage), R"({"LayersSize":0,"Images":[]})");
  shape_for({1, 41}, usage);
  EXPECT_EQ(to_json(usage), R"({"LayersSize":0,"Images":[],"BuilderSize":0})");
}

TEST(WireTypesTest, KindsAndStatusesAreOneTable) {
  for (const Kind kind : {Kind::invalid, Kind::unauthorized, Kind::forbidden, Kind::not_found,
                          Kind::conflict, Kind::unavailable, Kind::not_implemented, Kind::system}) {
    EXPECT_EQ(kind_of(status_of(kind)), kind) << to_string(kind);
  }
  EXPECT_EQ(kind_of(418), Kind::invalid);
  EXPECT_EQ(kind_of(502), Kind::system);
}

}  // namespace
}  // namespace mydock::api
