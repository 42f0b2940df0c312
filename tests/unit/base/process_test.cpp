#include "base/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "base/error.h"

namespace mydock {
namespace {

using namespace std::chrono_literals;

struct Result {
  std::string output;
  int code = 0;
};

Process shell(const std::string& script, std::vector<std::pair<int, int>> fds = {}) {
  return Process::spawn({.program = "/bin/sh",
                         .args = {"-c", script},
                         .environment = {"PATH=/usr/bin:/bin"},
                         .fds = std::move(fds),
                         .directory = {}});
}

Result run(const std::string& script) {
  auto [reading, writing] = make_pipe();
  const Process process = shell(script, {{writing.get(), 1}});
  writing.reset();
  std::string output = read_to_end(reading, 1 << 20);
  return {std::move(output), process.wait({}, deadline_after(10s))->code};
}

TEST(ProcessTest, ExitCodeIsToldAsAShellTellsIt) {
  EXPECT_EQ(run("exit 7").code, 7);
  EXPECT_EQ(run("kill -9 $$").code, 137);
}

TEST(ProcessTest, NothingIsInheritedThatIsNotListed) {
  const Fd extra(::open("/dev/null", O_RDONLY));  // without close-on-exec, as Asio's sockets
  ASSERT_GE(extra.get(), 3);
  EXPECT_EQ(run("ls /proc/self/fd | wc -l").output, "4\n");  // 0, 1, 2 and ls's own
  EXPECT_EQ(run("env | grep -v -e PWD -e SHLVL -e ^_=").output, "PATH=/usr/bin:/bin\n");
}

TEST(ProcessTest, DescriptorsGoWhereTheyShouldThoughTheyCross) {
  auto [one_out, one_in] = make_pipe();
  auto [two_out, two_in] = make_pipe();
  write_all(one_in, "one\n");
  write_all(two_in, "two\n");
  one_in.reset();
  two_in.reset();
  auto [reading, writing] = make_pipe();
  const int first = one_out.get();
  const int second = two_out.get();
  const Process process = shell(fmt::format("cat <&{} ; cat <&{}", second, first),
                                {{writing.get(), 1}, {first, second}, {second, first}});
  writing.reset();
  EXPECT_EQ(read_to_end(reading, 100), "one\ntwo\n");
  EXPECT_EQ(process.wait({}, deadline_after(10s))->code, 0);
}

TEST(ProcessTest, ProgramThatIsNotThereIsAnError) {
  try {
    Process::spawn(
        {.program = "/no/such", .args = {}, .environment = {}, .fds = {}, .directory = {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "run /no/such: No such file or directory");
  }
}

TEST(ProcessTest, WaitEndsAtTheDeadlineAndAtAStop) {
  const Process process = shell("exec sleep 60");
  EXPECT_FALSE(process.wait({}, deadline_after(1ms)));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(process.wait(stop.get_token()), Error);
  process.signal(SIGKILL);
  EXPECT_EQ(process.wait({}, deadline_after(10s))->code, 137);
  process.signal(SIGKILL);  // one that is gone is no error
}

TEST(ProcessTest, OnlyTheSameProcessIsAdopted) {
  const Process process = shell("exec sleep 60");
  EXPECT_TRUE(Process::adopt(process.pid(), process.start_time()));
  EXPECT_FALSE(Process::adopt(process.pid(), process.start_time() + 1));
  process.signal(SIGKILL);
  process.wait({}, deadline_after(10s));
  EXPECT_FALSE(Process::adopt(process.pid(), process.start_time()));
}

}  // namespace
}  // namespace mydock
