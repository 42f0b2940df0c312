#include <gtest/gtest.h>

#include <csignal>

#include "base/error.h"
#include "engine/container/lifecycle/start.h"
#include "engine/container/names.h"
#include "engine/container/query/ps_output.h"
#include "engine/container/signals.h"

namespace mydock::engine {
namespace {

TEST(NamesTest, GoodOnesPassAndLoseTheirSlash) {
  EXPECT_EQ(check_container_name("/web-1.x_y"), "web-1.x_y");
  EXPECT_EQ(check_container_name("0a"), "0a");
}

TEST(NamesTest, BadOnesAreRefused) {
  for (const char* name : {"", "a", "/", "_ab", "-ab", "a b", "a/b", "ä1", "..", "a\nb"}) {
    EXPECT_THROW(check_container_name(name), Error) << name;
  }
}

TEST(NamesTest, RandomOnesAreValid) {
  for (int attempt = 0; attempt < 6; ++attempt) {
    const std::string name = random_name(attempt);
    EXPECT_EQ(check_container_name(name), name);
    EXPECT_EQ(std::isdigit(static_cast<unsigned char>(name.back())) != 0, attempt > 0);
  }
}

TEST(SignalsTest, NamesAndNumbers) {
  EXPECT_EQ(parse_signal("KILL"), SIGKILL);
  EXPECT_EQ(parse_signal("sigterm"), SIGTERM);
  EXPECT_EQ(parse_signal("9"), 9);
  EXPECT_EQ(parse_signal("RTMIN+3"), 37);
  EXPECT_EQ(parse_signal("SIGRTMAX-1"), 63);
  for (const char* bad : {"", "0", "65", "-1", "NOPE", "9x", "RTMIN+99", "SIG"}) {
    EXPECT_EQ(parse_signal(bad), std::nullopt) << bad;
  }
}

TEST(StartErrorTest, ExitCodeAndWordsFollowFromTheReason) {
  struct Case {
    Error error;
    int code;
    Kind kind;
    std::string part;
  };
  const Case cases[] = {
      {Error(Kind::system, "exec: \"foo\": executable file not found in $PATH"), 127, Kind::invalid,
       "executable file not found in $PATH: unknown"},
      {Error(Kind::system, "exec: \"/foo\": stat /foo: No such file or directory", ENOENT), 127,
       Kind::invalid, "no such file or directory: unknown"},
      {Error(Kind::system, "exec: \"/etc/passwd\": Permission denied", EACCES), 126, Kind::invalid,
       "permission denied: unknown"},
      {Error(Kind::system, "exec: \"/etc\": Is a directory", EISDIR), 126, Kind::invalid,
       "is a directory: unknown: permission denied"},
      {Error(Kind::system, "mount /a on /b: Not a directory", ENOTDIR), 127, Kind::invalid,
       "Are you trying to mount a directory onto a file (or vice-versa)?"},
      {Error(Kind::system, "clone: Cannot allocate memory", ENOMEM), 128, Kind::system,
       "failed to create task for container: "},
      {Error(Kind::system,
             "OCI runtime create failed: executable file `x` not found in $PATH: No such file or "
             "directory",
             ENOENT),
       127, Kind::invalid,
       "failed to create shim task: OCI runtime create failed: executable file `x` not found in "
       "$PATH: no such file or directory: unknown"}};
  for (const Case& c : cases) {
    const StartFailure failure = translate_start_error(c.error);
    EXPECT_EQ(failure.exit_code, c.code) << c.error.message();
    EXPECT_EQ(failure.error.kind(), c.kind) << c.error.message();
    EXPECT_NE(failure.error.message().find(c.part), std::string::npos) << failure.error.message();
  }
}

TEST(PsOutputTest, OnlyTheContainersRowsAreShown) {
  const auto table =
      parse_ps("UID   PID  CMD\nroot    1  init splash\nroot   42  sh -c  sleep 1\n", {42});
  EXPECT_EQ(table.titles, (api::Strings{"UID", "PID", "CMD"}));
  ASSERT_EQ(table.processes.size(), 1U);
  EXPECT_EQ(table.processes[0], (api::Strings{"root", "42", "sh -c  sleep 1"}));
  EXPECT_THROW(parse_ps("UID CMD\n", {}), Error);
}

TEST(PsOutputTest, RenamedPidColumnIsRefused) {
  EXPECT_EQ(split_ps_args("-eo  pid,cmd"), (api::Strings{"-eo", "pid,cmd"}));
  EXPECT_THROW(split_ps_args("-eo pid=X"), Error);
}

}  // namespace
}  // namespace mydock::engine
