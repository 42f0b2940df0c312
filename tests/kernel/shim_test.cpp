#include "tests/kernel/shim_fixture.h"

#include <signal.h>

#include "base/process.h"

namespace mydock::runtime {

TEST_F(ShimTest, WritesLogAndExitCode) {
  set_script("echo hello; echo oops >&2; exit 3");
  const Exit exit = run();
  EXPECT_EQ(exit.code, 3);
  EXPECT_FALSE(exit.oom_killed);
  EXPECT_NE(log_text().find(R"({"log":"hello\n","stream":"stdout","time":")"), std::string::npos);
  EXPECT_NE(log_text().find(R"({"log":"oops\n","stream":"stderr")"), std::string::npos);
}

TEST_F(ShimTest, WaitsAtTheGateUntilStarted) {
  set_script("echo ran");
  create();
  EXPECT_GT(task_->pid(), 0);
  EXPECT_EQ(task_->pids(), std::vector<pid_t>{task_->pid()});
  EXPECT_EQ(log_text(), "");
  task_->start();
  EXPECT_EQ(wait().code, 0);
}

TEST_F(ShimTest, AClientAttachedBeforeStartGetsEverythingInFrames) {
  set_script("echo out; echo err >&2");
  create();
  const Fd client = attach({.stdout_open = true, .stderr_open = true});
  task_->start();
  const std::string got = read_all(client);
  EXPECT_EQ(payload(got, 1), "out\n");
  EXPECT_EQ(payload(got, 2), "err\n");
  EXPECT_EQ(wait().code, 0);
}

TEST_F(ShimTest, HalfCloseEndsStdinAndKeepsTheOutput) {
  set_script("cat; echo done");
  options_.open_stdin = true;
  options_.stdin_once = true;
  create();
  const Fd client = attach({.stdin_open = true, .stdout_open = true});
  task_->start();
  write_all(client, std::string_view("one\ntwo\n"));
  ::shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(payload(read_all(client), 1), "one\ntwo\ndone\n");
  EXPECT_EQ(wait().code, 0);
}

TEST_F(ShimTest, StdinThatIsNotOnceStaysOpenForTheNextClient) {
  set_script("read a; read b; echo $a-$b");
  options_.open_stdin = true;
  create();
  const Fd first = attach({.stdin_open = true, .stdout_open = true});
  task_->start();
  write_all(first, std::string_view("one\n"));
  ::shutdown(first.get(), SHUT_WR);
  EXPECT_EQ(read_all(first), "");  // detached, not ended
  const Fd second = attach({.stdin_open = true, .stdout_open = true});
  write_all(second, std::string_view("two\n"));
  EXPECT_EQ(payload(read_all(second), 1), "one-two\n");
  EXPECT_EQ(wait().code, 0);
}

TEST_F(ShimTest, AMillionBytesArriveWhole) {
  set_script("dd if=/dev/zero bs=64k count=128 2>/dev/null | tr '\\000' x");
  create();
  const Fd client = attach({.stdout_open = true});
  task_->start();
  EXPECT_EQ(payload(read_all(client), 1).size(), 128U * 65536U);
  EXPECT_EQ(wait().code, 0);
}

TEST_F(ShimTest, AClientThatReadsNothingDoesNotStopTheContainer) {
  set_script("dd if=/dev/zero bs=64k count=256 2>/dev/null; exit 5");
  options_.log = {};
  create();
  const Fd client = attach({.stdout_open = true});
  task_->start();
  EXPECT_EQ(wait().code, 5);
}

TEST_F(ShimTest, TerminalIsRawAndDetachKeysLetGo) {
  set_script("stty size; read a; echo got $a; sleep 100; true");
  spec_.process->terminal = true;
  options_.open_stdin = true;
  options_.console_rows = 33;
  options_.console_columns = 101;
  create();
  const Fd client = attach({.stdin_open = true, .stdout_open = true});
  task_->start();
  EXPECT_NE(read_until(client, "33 101").find("33 101"), std::string::npos);
  write_all(client, std::string_view("x\n"));
  EXPECT_NE(read_until(client, "got x").find("got x"), std::string::npos);
  write_all(client, std::string_view("\x10\x11"));
  read_all(client);                     // ends
  EXPECT_GE(task_->pids().size(), 1U);  // the shell, and sleep once it was forked
  task_->signal(SIGKILL, true);
  EXPECT_EQ(wait().code, 137);
  EXPECT_EQ(detaches_, 1);
}

TEST_F(ShimTest, ProgramThatIsNotThereSaysSo) {
  spec_.process->args = {"/no/such/program"};
  create();
  try {
    task_->start();
    FAIL() << "started";
  } catch (const Error& error) {
    EXPECT_EQ(error.error_number(), ENOENT) << error.what();
  }
  EXPECT_EQ(wait().code, 127);
}

TEST_F(ShimTest, AFailedCreateLeavesNothing) {
  spec_.root.path = "no-rootfs";
  write_bundle(bundle_, spec_, options_);
  EXPECT_THROW(tasks_->create(bundle_, events(), {}), Error);
  EXPECT_FALSE(Cgroup::open(CgroupHost::detect(), group()).exists());
}

TEST_F(ShimTest, ExecRunsInsideAndTellsItsCode) {
  set_script("sleep 100");
  create();
  task_->start();
  auto [ours, theirs] = make_socketpair(SOCK_STREAM);
  Exec exec{.process = *spec_.process, .user = {}};
  exec.process.args = {"/bin/sh", "-c", "cat; echo $$ >&2; exit 7"};
  const pid_t pid = task_->exec(
      "e1", exec,
      {.stdin_open = true, .stdout_open = true, .stderr_open = true, .pending_input = "early "},
      std::move(theirs));
  EXPECT_GT(pid, 0);
  write_all(ours, std::string_view("late\n"));
  ::shutdown(ours.get(), SHUT_WR);
  const std::string got = read_all(ours);
  EXPECT_EQ(payload(got, 1), "early late\n");
  EXPECT_NE(payload(got, 2), "1\n");
  EXPECT_EQ(wait_exec("e1"), 7);
  exec.process.args = {"/no/such"};
  EXPECT_THROW(task_->exec("e2", exec, {}, {}), Error);
  task_->signal(SIGKILL, false);
  EXPECT_EQ(wait().code, 137);
  EXPECT_THROW(task_->exec("e3", exec, {}, {}), Error);
}

TEST_F(ShimTest, PauseStopsAndKillReachesThePaused) {
  set_script("while :; do echo x; sleep 0.01; done");
  create();
  task_->start();
  task_->pause();
  EXPECT_THROW(task_->pause(), Error);
  EXPECT_THROW(task_->exec("e", Exec{.process = *spec_.process, .user = {}}, {}, {}), Error);
  task_->resume();
  task_->pause();
  task_->signal(SIGKILL, false);
  EXPECT_EQ(wait().code, 137);
}

TEST_F(ShimTest, ANewDaemonFindsTheContainerAgain) {
  set_script("read a; echo after $a; exit 4");
  options_.open_stdin = true;
  create();
  const Fd client = attach({.stdin_open = true, .stdout_open = true});
  task_->start();
  const pid_t pid = task_->pid();
  Exec exec{.process = *spec_.process, .user = {}};
  exec.process.args = {"/bin/sh", "-c", "exit 9"};
  task_->exec("gone", exec, {}, {});
  EXPECT_EQ(wait_exec("gone"), 9);
  task_.reset();  // the connection drops; the shim stays, and is still our child
  auto other = make_shim_tasks(program_);
  {
    Lock lock(mutex_);
    exec_exits_.clear();
  }
  task_ = other->reconnect(bundle_, events());
  ASSERT_NE(task_, nullptr);
  EXPECT_EQ(task_->pid(), pid);
  EXPECT_EQ(wait_exec("gone"), 9);
  write_all(client, std::string_view("restart\n"));
  EXPECT_EQ(payload(read_all(client), 1), "after restart\n");
  EXPECT_EQ(wait().code, 4);
  task_.reset();
  EXPECT_EQ(other->reconnect(bundle_, {}), nullptr);
}

TEST_F(ShimTest, AHolderOfThePipeDoesNotHoldUpTheEnd) {
  // In the host's pid namespace the child survives its parent.
  std::erase_if(spec_.linux.namespaces, [](const auto& n) { return n.type == "pid"; });
  set_script("sleep 1000 & exit 6");
  EXPECT_EQ(run().code, 6);
}

TEST_F(ShimTest, MemoryLimitKillsAndSaysSo) {
  spec_.linux.resources.memory.emplace();
  spec_.linux.resources.memory->limit = 16 << 20;
  spec_.linux.resources.memory->swap = 16 << 20;
  set_script("x=0123456789abcdef; while :; do x=$x$x; done");
  const Exit exit = run();
  EXPECT_EQ(exit.code, 137);
  EXPECT_TRUE(exit.oom_killed);
}

TEST_F(ShimTest, AShimThatWasKilledIsCleanedUpAfter) {
  set_script("sleep 1000");
  create();
  task_->start();
  const auto pids = task_->pids();
  // Only the shim: its pid is the parent of init.
  const std::string status = read_file(fs::path("/proc") / std::to_string(task_->pid()) / "stat");
  const pid_t shim = std::stoi(status.substr(status.find(") ") + 4));
  ::kill(shim, SIGKILL);
  EXPECT_TRUE(wait_for(task_->exited(), POLLIN, {}, deadline_after(std::chrono::seconds(10))));
  EXPECT_FALSE(tasks_->exit_record(bundle_));
  tasks_->clean(bundle_);
  EXPECT_FALSE(Cgroup::open(CgroupHost::detect(), group()).exists());
}

namespace {

oci::Mount shared_memory() {
  return {.destination = "/dev/shm",
          .type = "tmpfs",
          .source = "shm",
          .options = {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"},
          .uid_mappings = {},
          .gid_mappings = {}};
}

}  // namespace

TEST_F(ShimTest, TheSharedMemoryOfADonorIsTheContainersOwn) {
  spec_.mounts.push_back(shared_memory());
  set_script("echo from-donor >/dev/shm/note; exec sleep 100");
  options_.open_stdin = true;
  create();
  const Fd client = attach({.stdin_open = true, .stdout_open = true});
  task_->start();
  oci::Process process = *spec_.process;
  process.args = {"/bin/sh", "-c", "until cat /dev/shm/note; do :; done"};
  auto [ours, theirs] = make_socketpair(SOCK_STREAM);
  task_->exec("seen", {.process = process}, {.stdout_open = true}, std::move(theirs));
  read_all(ours);
  ASSERT_EQ(wait_exec("seen"), 0);

  const fs::path other = bundle_ / "other";
  fs::create_directories(other);
  fs::copy(bundle_ / "rootfs", other / "rootfs",
           fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  oci::Spec spec = spec_;
  spec.process->args = {"/bin/sh", "-c", "cat /dev/shm/note; echo back >/dev/shm/answer"};
  spec.linux.cgroups_path = group() + "-other";
  TaskOptions options;
  options.log.driver = "json-file";
  options.log.file.emplace().path = other / "log.json";
  options.shared_memory =
      TaskOptions::Donor{.pid = task_->pid(), .start_time = *process_start_time(task_->pid())};
  write_bundle(other, spec, options);
  const auto joined = tasks_->create(other, {}, {});
  joined->start();
  ASSERT_TRUE(wait_for(joined->exited(), POLLIN, {}, deadline_after(std::chrono::seconds(20))));
  EXPECT_NE(read_file(options.log.file->path).find("from-donor"), std::string::npos);
  process.args = {"/bin/sh", "-c", "cat /dev/shm/answer"};
  task_->exec("answer", {.process = process}, {}, {});
  EXPECT_EQ(wait_exec("answer"), 0);

  options.shared_memory->start_time += 1;  // another process has that pid now
  write_bundle(other, spec, options);
  try {
    tasks_->create(other, {}, {});
    FAIL() << "it joined a process that is not the donor";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::conflict) << error.what();
  }
  task_->signal(SIGKILL, true);
  wait();
}

}  // namespace mydock::runtime
