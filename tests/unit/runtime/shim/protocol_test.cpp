#include "runtime/shim/protocol.h"

#include <gtest/gtest.h>

#include "runtime/shim/exit_record.h"
#include "runtime/shim/options.h"

namespace mydock::runtime::shim {

TEST(ShimProtocolTest, ARequestSurvivesTheWire) {
  Request request{.id = 7, .op = "exec", .process = "e1", .rows = 24};
  request.attach = {.stdin_open = true, .detach_keys = to_hex("\x10\xFF")};
  request.exec.emplace();
  request.exec->args = {"/bin/true"};
  request.user = "www-data:1";
  const auto read = from_json<Request>(to_json(request));
  EXPECT_EQ(read.version, kVersion);
  EXPECT_EQ(read.id, 7U);
  EXPECT_EQ(read.op, "exec");
  EXPECT_EQ(read.attach, request.attach);
  EXPECT_EQ(read.exec, request.exec);
  EXPECT_EQ(read.user, "www-data:1");
  EXPECT_FALSE(read.resources);
}

TEST(ShimProtocolTest, AnErrorKeepsKindMessageAndNumber) {
  const Error error(Kind::conflict, "container is paused", EBUSY);
  const Error back = from_wire(to_wire(error));
  EXPECT_EQ(back.kind(), Kind::conflict);
  EXPECT_EQ(back.message(), "container is paused");
  EXPECT_EQ(back.error_number(), EBUSY);
}

TEST(ShimProtocolTest, SpeaksThisVersionAndTheOneBefore) {
  EXPECT_TRUE(speaks(kVersion));
  EXPECT_TRUE(speaks(kVersion - 1));
  EXPECT_FALSE(speaks(kVersion + 1));
  EXPECT_FALSE(speaks(kVersion - 2));
}

TEST(ShimProtocolTest, HexCarriesAnyByte) {
  const std::string bytes("\0\x7F\x80\xFF", 4);
  EXPECT_EQ(to_hex(bytes), "007f80ff");
  EXPECT_EQ(from_hex("007f80ff"), bytes);
  EXPECT_THROW(from_hex("0"), Error);
  EXPECT_THROW(from_hex("0G"), Error);
}

TEST(ShimProtocolTest, TaskOptionsSurviveTheirFile) {
  TaskOptions options;
  options.overlay = TaskOptions::Overlay{{"/l2", "/l1"}, "/u", "/w"};
  options.open_stdin = true;
  options.runtime = TaskOptions::Runtime{"crun", {"--debug"}, "/run/runtimes/crun"};
  options.log = {.driver = "syslog",
                 .file = LogOptions::File{.path = "/var/log/c.log",
                                          .max_size = 1000,
                                          .max_files = 3,
                                          .compress = true,
                                          .attributes = R"({"a":"b"})"},
                 .remote = LogOptions::Remote{.network = "udp",
                                              .address = "127.0.0.1:514",
                                              .format = "rfc5424",
                                              .facility = 16,
                                              .tag = "t",
                                              .hostname = "h",
                                              .fields = {"A=b"},
                                              .non_blocking = true,
                                              .max_buffer = 5}};
  options.detach_keys = "\x01\xFE";
  options.user = "nobody";
  options.groups = {"audio", "7"};
  options.durable_exit = false;
  options.console_rows = 25;
  EXPECT_EQ(from_json<TaskOptions>(to_json(options)), options);
  EXPECT_EQ(from_json<TaskOptions>("{}"), TaskOptions());
}

TEST(ExitRecordTest, NamesCodeOomAndTime) {
  const Exit exit{.code = 137, .oom_killed = true, .at = Time(std::chrono::seconds(1'700'000'000))};
  EXPECT_EQ(to_json(exit), R"({"code":137,"oom_killed":true,"at":"2023-11-14T22:13:20Z"})");
}

TEST(ExitRecordTest, ASignalIsTheShellsNumber) {
  EXPECT_EQ(exit_code_of(3 << 8), 3);
  EXPECT_EQ(exit_code_of(9), 137);
  EXPECT_EQ(exit_code_of(15 | 0x80), 143);
}

}  // namespace mydock::runtime::shim
