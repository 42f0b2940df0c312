#include "engine/health/monitor.h"

#include <atomic>
#include <thread>

#include "api/stream.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mydock::engine {
namespace {

class HealthMonitorTest : public EngineTest {
 protected:
  static api::ContainerCreate checked(std::string on_unhealthy = {}) {
    auto body = request();
    auto& check = body.config.healthcheck.emplace();
    check.test = {"CMD", "check"};
    check.interval = 10'000'000;
    check.retries = 2;
    body.host_config.on_unhealthy = std::move(on_unhealthy);
    return body;
  }
  // Every probe prints `output` and ends with what `code` is then.
  void answer(std::string output) {
    tasks_.prepare = [this, output](FakeTask& task) {
      task.on_exec = [this, &task, output](const std::string& id, Fd stream) {
        write_all(stream, api::encode_frame(api::StdStream::err, output));
        stream.reset();
        task.end_exec(id, code_);
      };
    };
  }
  bool wait_for_health(const std::string& id, std::string_view word, std::size_t probes = 1) {
    return bench_->containers.get(id)->wait(
        [&](const Record& record, const Live&) {
          return record.status.health && record.status.health->status == word &&
                 record.status.health->log.size() >= probes;
        },
        {}, deadline_after(std::chrono::seconds(10)));
  }
  bool wait_for_runs(const std::string& id, int restarts) {
    return bench_->containers.get(id)->wait(
        [&](const Record& record, const Live&) { return record.status.restart_count >= restarts; },
        {}, deadline_after(std::chrono::seconds(10)));
  }
  ~HealthMonitorTest() override { bench_.reset(); }  // before what its probes use
  std::atomic<int> code_ = 0;
};

TEST_F(HealthMonitorTest, ItIsStartingAtOnceAndHealthyAfterAProbe) {
  answer("fine");
  auto body = checked();
  body.config.healthcheck->interval = 3'600'000'000'000;
  const std::string idle = create(body);
  start(idle);
  EXPECT_EQ(state(idle).health->status, "starting");
  const std::string id = create(checked());
  EXPECT_FALSE(state(id).health);
  start(id);
  ASSERT_TRUE(wait_for_health(id, "healthy"));
  const api::Health health = *state(id).health;
  EXPECT_EQ(health.log.front().output, "fine");
  EXPECT_EQ(health.log.front().exit_code, 0);
  // It is told a moment after it can be seen.
  const auto told = [this] {
    const auto seen = actions();
    return std::count(seen.begin(), seen.end(), "container health_status: healthy");
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (told() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(told(), 1);
}

TEST_F(HealthMonitorTest, OutputIsCut) {
  answer(std::string(5000, 'x'));
  const std::string id = create(checked());
  start(id);
  ASSERT_TRUE(wait_for_health(id, "healthy"));
  EXPECT_EQ(state(id).health->log.front().output, std::string(4096, 'x') + "...");
}

TEST_F(HealthMonitorTest, AProbeThatCannotStartIsAFailureThatSaysWhy) {
  tasks_.prepare = [](FakeTask& task) {
    task.exec_error = Error(Kind::invalid, "exec: \"check\": executable file not found in $PATH");
  };
  const std::string id = create(checked());
  start(id);
  ASSERT_TRUE(wait_for_health(id, "unhealthy"));
  const api::HealthProbe probe = state(id).health->log.front();
  EXPECT_EQ(probe.exit_code, -1);
  EXPECT_NE(probe.output.find("executable file not found"), std::string::npos);
}

TEST_F(HealthMonitorTest, AProbeThatDoesNotEndIsKilled) {
  std::mutex mutex;
  std::vector<Fd> streams;
  tasks_.prepare = [&](FakeTask& task) {
    task.on_exec = [&](const std::string&, Fd stream) {
      write_all(stream, api::encode_frame(api::StdStream::out, "so far"));
      const std::lock_guard lock(mutex);
      streams.push_back(std::move(stream));
    };
  };
  auto body = checked();
  body.config.healthcheck->timeout = 20'000'000;
  const std::string id = create(body);
  start(id);
  const auto killed = [&] {
    const auto task = tasks_.last();
    const std::lock_guard lock(task->mutex);
    return !task->exec_signals.empty();
  };
  while (!killed()) std::this_thread::yield();
  {
    const std::lock_guard lock(mutex);
    streams.clear();
  }
  ASSERT_TRUE(wait_for_health(id, "starting"));
  const api::HealthProbe probe = state(id).health->log.front();
  EXPECT_EQ(probe.exit_code, -1);
  EXPECT_EQ(probe.output, "Health check exceeded timeout (20ms): so far");
}

TEST_F(HealthMonitorTest, WhatHasEndedIsUnhealthyAndIsAskedNoMore) {
  answer("");
  const std::string id = create(checked());
  start(id);
  ASSERT_TRUE(wait_for_health(id, "healthy"));
  bench_->containers.stop(id, {}, {});
  EXPECT_EQ(state(id).health->status, "unhealthy");
  EXPECT_FALSE(bench_->containers.get(id)->look(
      [](const Record&, Live& live) { return live.health != nullptr; }));
}

TEST_F(HealthMonitorTest, ADaemonThatComesBackGoesOnChecking) {
  answer("");
  const std::string id = create(checked());
  start(id);
  // The first one's result is stored before the second begins.
  ASSERT_TRUE(wait_for_health(id, "healthy", 2));
  boot();
  EXPECT_EQ(state(id).health->status, "healthy");
  EXPECT_TRUE(bench_->containers.get(id)->look(
      [](const Record&, Live& live) { return live.health != nullptr; }));
}

TEST_F(HealthMonitorTest, UnhealthyCanStopKillOrRestart) {
  code_ = 1;
  answer("");
  const std::string stopped = create(checked("stop"));
  start(stopped);
  wait_for_end(stopped);
  EXPECT_EQ(tasks_.last()->signals, (std::vector<int>{SIGTERM}));
  const std::string killed = create(checked("kill"));
  start(killed);
  wait_for_end(killed);
  EXPECT_EQ(tasks_.last()->signals, (std::vector<int>{SIGKILL}));
  const std::string again = create(checked("restart"));
  start(again);
  EXPECT_TRUE(wait_for_runs(again, 2));
  bench_->containers.stop(again, {}, {});
  EXPECT_EQ(state(again).status, "exited");
}

}  // namespace
}  // namespace mydock::engine
