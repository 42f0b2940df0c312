#include "runtime/shim/oci_runtime.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/shim/console_socket.h"

namespace mydock::runtime::shim {
namespace {

// A runtime that is a shell script.
class OciRuntimeTest : public testing::Test {
 protected:
  OciRuntimeTest() {
    std::string name = testing::TempDir() + "runtime-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    make_directories(bundle(), 0700);
  }
  ~OciRuntimeTest() override { remove_tree(directory_); }

  fs::path bundle() const { return directory_ / "abc"; }
  OciRuntime runtime(const std::string& script) const {
    const fs::path program = directory_ / "runtime";
    write_file_atomically(
        program,
        "#!/bin/sh\necho \"$@\" >>" + (directory_ / "calls").native() + "\n" + script + "\n", 0755,
        Durability::renamed);
    return {{.path = program, .arguments = {"--fast"}, .root = directory_ / "state"}, bundle()};
  }
  std::string calls() const { return read_file(directory_ / "calls"); }
  std::string common() const {
    return fmt::format("--fast --root {}/state --log {}/runtime.log --log-format json",
                       directory_.native(), bundle().native());
  }
  template <class F>
  static Error error_of(F&& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    return {Kind::system, "nothing was thrown"};
  }

  fs::path directory_;
};

TEST_F(OciRuntimeTest, CreatesWithThePidThatItWrites) {
  const auto started =
      runtime(fmt::format("echo {} >{}/runtime.pid", ::getpid(), bundle().native()))
          .create(false, {});
  EXPECT_EQ(started.pid, ::getpid());
  EXPECT_TRUE(started.pidfd);
  EXPECT_FALSE(started.terminal);
  EXPECT_EQ(calls(), fmt::format("{} create --bundle {} --pid-file {}/runtime.pid abc\n", common(),
                                 bundle().native(), bundle().native()));
}

TEST_F(OciRuntimeTest, ALeftOverOfThatNameGoesFirst) {
  make_directories(directory_ / "state" / "abc", 0700);
  const OciRuntime made =
      runtime(fmt::format("echo {} >{}/runtime.pid", ::getpid(), bundle().native()));
  made.create(false, {});
  EXPECT_TRUE(calls().starts_with(common() + " delete --force abc\n")) << calls();
}

TEST_F(OciRuntimeTest, TellsWhyInTheRuntimesOwnWords) {
  const OciRuntime made = runtime(
      fmt::format(R"(echo '{{"level":"error","msg":"no such thing"}}' >{}/runtime.log; exit 1)",
                  bundle().native()));
  const Error error = error_of([&] { made.start(); });
  EXPECT_EQ(error.message(), "OCI runtime start failed: no such thing");
}

TEST_F(OciRuntimeTest, ASilentFailureHasItsStatus) {
  const OciRuntime made = runtime("exit 9");
  EXPECT_EQ(error_of([&] { made.create(false, {}); }).message(),
            "OCI runtime create failed: it ended with status 9");
}

TEST_F(OciRuntimeTest, ARuntimeThatWritesNoPidIsRefused) {
  const OciRuntime made = runtime("exit 0");
  EXPECT_EQ(error_of([&] { made.create(false, {}); }).error_number(), ENOENT);
}

TEST_F(OciRuntimeTest, WhoSendsNoTerminalIsRefused) {
  const OciRuntime made =
      runtime(fmt::format("sleep 30 & echo $! >{}/runtime.pid", bundle().native()));
  EXPECT_NE(error_of([&] { made.create(true, {}); }).message().find("terminal"), std::string::npos);
}

TEST_F(OciRuntimeTest, AProgramThatIsNotThereIsNamed) {
  EXPECT_EQ(error_of([] { find_runtime_program("no-such-runtime"); }).message(),
            "OCI runtime create failed: exec: \"no-such-runtime\": executable file not found in "
            "$PATH");
  EXPECT_EQ(error_of([] { find_runtime_program("/no/such"); }).error_number(), ENOENT);
  EXPECT_EQ(find_runtime_program("sh").filename(), "sh");
}

TEST(RuntimeLogTest, TheLastFailureCounts) {
  EXPECT_EQ(failure_in_log(""), "");
  EXPECT_EQ(failure_in_log("no json\n{\"level\":\"warning\",\"msg\":\"w\"}\n"), "");
  EXPECT_EQ(
      failure_in_log("{\"level\":\"error\",\"msg\":\"a\"}\n{\"level\":\"error\",\"msg\":\"b\"}"
                     "\n{\"level\":\"info\",\"msg\":\"c\"}\n"),
      "b");
}

}  // namespace
}  // namespace mydock::runtime::shim
