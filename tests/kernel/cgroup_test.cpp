#include "runtime/cgroup.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/process.h"
#include "runtime/cgroup_stats.h"

namespace mydock::runtime {

namespace {

class CgroupTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    host_ = CgroupHost::detect();
    path_ = "/mydock-test-cgroup/" + random_hex(12);
  }
  void TearDown() override {
    if (path_.empty()) return;
    const Cgroup left = Cgroup::open(host_, path_);
    if (left.exists()) left.remove(deadline_after(std::chrono::seconds(10)));
    remove_cgroup_parent(host_, "/mydock-test-cgroup");
  }

  // The value of a file of the controller's group.
  std::string value(std::string_view controller, const std::string& v1, const std::string& v2) {
    const auto* hierarchy = host_.find(controller);
    const fs::path directory = hierarchy->mountpoint / path_.substr(1);
    std::string text = read_file(directory / (hierarchy->v2 ? v2 : v1));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

  static Process sleeper() {
    return Process::spawn(
        {.program = "/bin/sleep", .args = {"1000"}, .environment = {}, .fds = {}, .directory = {}});
  }

  CgroupHost host_;
  std::string path_;
};

}  // namespace

TEST_F(CgroupTest, SetsEachLimitWhereItsControllerIs) {
  oci::LinuxResources limits;
  limits.memory.emplace();
  limits.memory->limit = 64 << 20;
  limits.memory->swap = 128 << 20;
  limits.cpu.emplace();
  limits.cpu->quota = 50000;
  limits.cpu->period = 100000;
  limits.cpu->shares = 1024;
  limits.cpu->cpus = "0";
  limits.cpu->mems = "0";
  limits.pids = oci::PidsResources{42};
  const Cgroup cgroup = Cgroup::create(host_, path_, limits);
  EXPECT_EQ(value("memory", "memory.limit_in_bytes", "memory.max"), std::to_string(64 << 20));
  EXPECT_EQ(value("pids", "pids.max", "pids.max"), "42");
  EXPECT_EQ(value("cpu", "cpu.shares", "cpu.weight"), host_.find("cpu")->v2 ? "100" : "1024");
  EXPECT_EQ(value("cpu", "cpu.cfs_quota_us", "cpu.max"),
            host_.find("cpu")->v2 ? "50000 100000" : "50000");
  EXPECT_EQ(value("cpuset", "cpuset.cpus", "cpuset.cpus"), "0");
}

TEST_F(CgroupTest, MovesKillsAndRemoves) {
  const Cgroup cgroup = Cgroup::create(host_, path_, {});
  const Process process = sleeper();
  cgroup.join(process.pid());
  EXPECT_EQ(cgroup.pids(), std::vector<pid_t>{process.pid()});
  EXPECT_THROW(Cgroup::create(host_, path_, {}), Error);  // in use
  EXPECT_EQ(cgroup.pids(), std::vector<pid_t>{process.pid()});
  cgroup.signal_all(SIGKILL);
  EXPECT_EQ(process.wait({})->code, 137);
  cgroup.remove(deadline_after(std::chrono::seconds(5)));
  EXPECT_FALSE(Cgroup::open(host_, path_).exists());
}

TEST_F(CgroupTest, KillReachesTheFrozen) {
  const Cgroup cgroup = Cgroup::create(host_, path_, {});
  const Process process = sleeper();
  cgroup.join(process.pid());
  cgroup.set_frozen(true);
  EXPECT_TRUE(cgroup.frozen());
  cgroup.signal_all(SIGKILL);
  EXPECT_EQ(process.wait({})->code, 137);
  cgroup.remove(deadline_after(std::chrono::seconds(5)));
  // What comes after it at the same path is not frozen.
  const Cgroup next = Cgroup::create(host_, path_, {});
  EXPECT_FALSE(next.frozen());
}

TEST_F(CgroupTest, RemovesWhatTheContainerMadeInside) {
  const Cgroup cgroup = Cgroup::create(host_, path_, {});
  for (const auto& hierarchy : cgroup.hierarchies()) {
    make_directories(hierarchy.mountpoint / path_.substr(1) / "a/b", 0755);
  }
  cgroup.remove(deadline_after(std::chrono::seconds(5)));
  EXPECT_FALSE(Cgroup::open(host_, path_).exists());
}

TEST_F(CgroupTest, UpdateRaisesAndLowersAndJoinsANewHierarchy) {
  oci::LinuxResources limits;
  limits.memory.emplace();
  limits.memory->limit = 64 << 20;
  limits.memory->swap = 64 << 20;
  Cgroup cgroup = Cgroup::create(host_, path_, limits);
  const Process process = sleeper();
  cgroup.join(process.pid());
  for (const int mebibytes : {256, 32}) {
    limits.memory->limit = mebibytes << 20;
    limits.memory->swap = mebibytes << 20;
    cgroup.update(host_, limits);
    EXPECT_EQ(value("memory", "memory.limit_in_bytes", "memory.max"),
              std::to_string(mebibytes << 20));
  }
  oci::LinuxResources cpus;
  cpus.cpu.emplace();
  cpus.cpu->cpus = "0";
  cgroup.update(host_, cpus);
  EXPECT_EQ(value("cpuset", "cgroup.procs", "cgroup.procs"), std::to_string(process.pid()));
  EXPECT_EQ(value("cpuset", "cpuset.cpus", "cpuset.cpus"), "0");
  process.signal(SIGKILL);
  process.wait({});
}

TEST_F(CgroupTest, ARefusedLimitLeavesNoGroup) {
  oci::LinuxResources limits;
  limits.cpu.emplace();
  limits.cpu->cpus = "4000";
  EXPECT_THROW(Cgroup::create(host_, path_, limits), Error);
  EXPECT_FALSE(Cgroup::open(host_, path_).exists());
}

TEST_F(CgroupTest, CountsWhatARunningProcessUses) {
  oci::LinuxResources limits;
  limits.memory.emplace();
  limits.memory->limit = 64 << 20;
  const Cgroup cgroup = Cgroup::create(host_, path_, limits);
  const Process process = sleeper();
  cgroup.join(process.pid());
  const auto stats = read_stats(host_, path_);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->memory.limit, 64U << 20U);
  EXPECT_EQ(stats->pids.current, 1U);
  EXPECT_EQ(stats->pids.limit, 0U);
  EXPECT_FALSE(stats->memory.stat.empty());
  process.signal(SIGKILL);
  process.wait({});
  cgroup.remove(deadline_after(std::chrono::seconds(5)));
  EXPECT_FALSE(read_stats(host_, path_));
}

}  // namespace mydock::runtime
