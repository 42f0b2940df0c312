#include <thread>

#include "tests/unit/engine/engine_fixture.h"

namespace mydock::engine {
namespace {

template <class F>
void expect_error(Kind kind, const std::string& message, F&& body) {
  try {
    body();
    ADD_FAILURE() << "no error; expected: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.message();
    EXPECT_EQ(error.message(), message);
  }
}

using LifecycleTest = EngineTest;

TEST_F(LifecycleTest, CreateMergesTheImageAndWritesDefaults) {
  const std::string id = create(request(), "web");
  const auto view = bench_->containers.inspect("web", false);
  EXPECT_EQ(view.id, id);
  EXPECT_EQ(view.name, "/web");
  EXPECT_EQ(view.path, "sh");
  EXPECT_EQ(view.config.env, (api::Strings{"A=1"}));
  EXPECT_EQ(view.config.labels.at("from"), "image");
  EXPECT_EQ(view.config.hostname, id.substr(0, 12));
  EXPECT_EQ(view.state.status, "created");
  EXPECT_EQ(view.host_config.restart_policy.name, "no");
  EXPECT_EQ(view.host_config.shm_size, 67108864);
}

TEST_F(LifecycleTest, UnknownImageIsNotFound) {
  api::ContainerCreate body = request();
  body.config.image = "absent";
  expect_error(Kind::not_found, "No such image: absent:latest", [&] { create(body); });
}

TEST_F(LifecycleTest, UnknownNetworkIsRefusedByTheStart) {
  api::ContainerCreate body = request();
  body.host_config.network_mode = "nope";
  const std::string id = create(body);
  expect_error(Kind::not_found, "failed to set up container networking: network nope not found",
               [&] { start(id); });
  body.host_config.network_mode = "container:nope";
  expect_error(Kind::invalid, "No such container: nope", [&] { create(body); });
}

TEST_F(LifecycleTest, NameIsTakenOnce) {
  const std::string id = create(request(), "web");
  expect_error(Kind::conflict,
               "Conflict. The container name \"/web\" is already in use by container \"" + id +
                   "\". You have to remove (or rename) that container to be able to reuse that "
                   "name.",
               [&] { create(request(), "web"); });
}

TEST_F(LifecycleTest, RunsAndEndsWithItsCode) {
  const std::string id = create();
  start(id);
  EXPECT_EQ(state(id).status, "running");
  EXPECT_TRUE(tasks_.last()->started);
  tasks_.last()->end(7);
  EXPECT_EQ(bench_->containers.prepare_wait(id, "").wait({}).status_code, 7);
  ASSERT_TRUE(wait_until(id, State::exited));
  EXPECT_EQ(state(id).exit_code, 7);
  EXPECT_EQ(actions(),
            (std::vector<std::string>{"container create", "network connect", "container start",
                                      "container die", "network disconnect"}));
}

TEST_F(LifecycleTest, SecondStartChangesNothing) {
  const std::string id = create();
  EXPECT_TRUE(bench_->containers.start(id, {}));
  EXPECT_FALSE(bench_->containers.start(id, {}));
  EXPECT_EQ(tasks_.created, 1);
}

TEST_F(LifecycleTest, FailedStartKeepsTheStateAndTellsWhy) {
  const std::string id = create();
  tasks_.start_error = Error(Kind::invalid, "exec: \"foo\": executable file not found in $PATH");
  EXPECT_THROW(start(id), Error);
  EXPECT_EQ(state(id).status, "created");
  EXPECT_EQ(state(id).exit_code, 127);
  EXPECT_NE(state(id).error.find("executable file not found in $PATH: unknown"), std::string::npos);
  EXPECT_FALSE(fs::exists(bench_->paths.bundle(id)));
  EXPECT_TRUE(bench_->networks.endpoints_of(id).empty());
  tasks_.start_error.reset();
  start(id);
  EXPECT_EQ(state(id).status, "running");
}

TEST_F(LifecycleTest, AutoRemoveGoesAtItsEnd) {
  api::ContainerCreate body = request();
  body.host_config.auto_remove = true;
  const std::string id = create(body);
  auto waiter = bench_->containers.prepare_wait(id, "removed");
  start(id);
  tasks_.last()->end(3);
  EXPECT_EQ(waiter.wait({}).status_code, 3);
  EXPECT_THROW(bench_->containers.get(id), Error);
  EXPECT_FALSE(fs::exists(bench_->paths.container(id)));
}

TEST_F(LifecycleTest, AutoRemoveGoesAfterAFailedStart) {
  api::ContainerCreate body = request();
  body.host_config.auto_remove = true;
  const std::string id = create(body);
  tasks_.create_error = Error(Kind::system, "no");
  EXPECT_THROW(start(id), Error);
  EXPECT_THROW(bench_->containers.get(id), Error);
}

TEST_F(LifecycleTest, StopSendsTheStopSignalAndWaits) {
  api::ContainerCreate body = request();
  body.config.stop_signal = "SIGINT";
  const std::string id = create(body);
  tasks_.prepare = [](FakeTask& task) { task.dies_of = {SIGINT}; };
  start(id);
  EXPECT_TRUE(bench_->containers.stop(id, {}, {}));
  EXPECT_EQ(tasks_.last()->signals, (std::vector<int>{SIGINT}));
  EXPECT_EQ(state(id).exit_code, 130);
  EXPECT_FALSE(bench_->containers.stop(id, {}, {}));
}

TEST_F(LifecycleTest, StopKillsWhoDoesNotListen) {
  const std::string id = create();
  tasks_.prepare = [](FakeTask& task) { task.dies_of.clear(); };
  start(id);
  EXPECT_TRUE(bench_->containers.stop(id, {.signal = {}, .timeout = std::chrono::seconds(0)}, {}));
  EXPECT_EQ(tasks_.last()->signals, (std::vector<int>{SIGTERM, SIGKILL}));
  EXPECT_EQ(state(id).exit_code, 137);
}

TEST_F(LifecycleTest, KillOfAStoppedContainerIsAConflict) {
  const std::string id = create(request(), "web");
  expect_error(Kind::conflict, "cannot kill container: web: container " + id + " is not running",
               [&] { bench_->containers.kill("web", "", {}); });
  expect_error(Kind::invalid, "cannot kill container: web: invalid signal: NOPE",
               [&] { bench_->containers.kill("web", "NOPE", {}); });
}

TEST_F(LifecycleTest, PausedAndBack) {
  const std::string id = create();
  start(id);
  bench_->containers.pause(id);
  EXPECT_EQ(state(id).status, "paused");
  expect_error(Kind::conflict, "container " + id + " is already paused",
               [&] { bench_->containers.pause(id); });
  bench_->containers.unpause(id);
  EXPECT_EQ(state(id).status, "running");
  expect_error(Kind::system, "Container " + id + " is not paused",
               [&] { bench_->containers.unpause(id); });
}

TEST_F(LifecycleTest, RunningContainerIsRemovedByForceOnly) {
  const std::string id = create(request(), "web");
  start(id);
  expect_error(Kind::conflict,
               "cannot remove container \"web\": container is running: stop the container before "
               "removing or force remove",
               [&] { bench_->containers.remove("web", {}, {}); });
  bench_->containers.remove("web", {.force = true, .volumes = false, .link = false}, {});
  EXPECT_THROW(bench_->containers.get(id), Error);
  EXPECT_TRUE(bench_->images.snapshots.active_keys().empty());
}

TEST_F(LifecycleTest, PolicyRestartsUntilItIsStopped) {
  api::ContainerCreate body = request();
  body.host_config.restart_policy.name = "always";
  const std::string id = create(body);
  start(id);
  const auto first = tasks_.last();
  first->end(1);
  ASSERT_TRUE(bench_->containers.get(id)->wait(
      [](const Record& r, const Live&) {
        return r.status.restart_count == 1 && r.status.state == State::running;
      },
      {}, deadline_after(std::chrono::seconds(10))));
  EXPECT_NE(tasks_.last(), first);
  EXPECT_TRUE(bench_->containers.stop(id, {}, {}));
  ASSERT_TRUE(wait_until(id, State::exited));
}

TEST_F(LifecycleTest, RestartRunsItAgainAndKeepsAutoRemove) {
  api::ContainerCreate body = request();
  body.host_config.auto_remove = true;
  const std::string id = create(body);
  start(id);
  bench_->containers.restart(id, {}, {});
  EXPECT_EQ(state(id).status, "running");
  EXPECT_EQ(tasks_.created, 2);
}

TEST_F(LifecycleTest, RenameKeepsTheIdAndFreesTheName) {
  const std::string id = create(request(), "old");
  bench_->containers.rename("old", "new");
  EXPECT_EQ(bench_->containers.inspect("new", false).id, id);
  EXPECT_NO_THROW(create(request(), "old"));
  expect_error(Kind::invalid, "Renaming a container with the same name as its current name",
               [&] { bench_->containers.rename("new", "new"); });
}

TEST_F(LifecycleTest, WhoAttachesBeforeTheStartIsHandedOver) {
  const std::string id = create();
  auto [ours, theirs] = make_socketpair(SOCK_STREAM);
  auto attachment = bench_->io.prepare_attach(id, {.logs = false,
                                                   .stream = true,
                                                   .stdin_open = false,
                                                   .stdout_open = true,
                                                   .stderr_open = true,
                                                   .detach_keys = {},
                                                   .pending_input = {}});
  std::jthread client(
      [&, socket = std::move(theirs)]() mutable { attachment.run(std::move(socket), {}); });
  const auto container = bench_->containers.get(id);
  while (container->look([](const Record&, Live& live) { return live.attaches.empty(); })) {
    std::this_thread::yield();
  }
  start(id);
  client.join();
  ASSERT_EQ(tasks_.last()->attaches.size(), 1U);
  EXPECT_TRUE(tasks_.last()->attaches[0].stdout_open);
}

TEST_F(LifecycleTest, RunningContainerIsAdoptedAfterARestart) {
  const std::string id = create(request(), "web");
  start(id);
  boot();
  EXPECT_EQ(state("web").status, "running");
  tasks_.last()->end(9);
  wait_for_end(id);
  EXPECT_EQ(state("web").exit_code, 9);
}

TEST_F(LifecycleTest, EndWhileTheDaemonWasDeadIsSeen) {
  const std::string id = create(request(), "web");
  start(id);
  const auto task = tasks_.last();
  bench_->stopping.request_stop();  // as good as dead
  task->end(5);
  boot();
  EXPECT_EQ(state("web").status, "exited");
  EXPECT_EQ(state("web").exit_code, 5);
}

TEST_F(LifecycleTest, UpdateTakesLimitsAwayToo) {
  auto body = request();
  body.host_config.resources.pids_limit = 20;
  const std::string id = create(body);
  start(id);
  api::ContainerUpdate update;
  update.resources.pids_limit = -1;
  bench_->containers.update(id, update);
  ASSERT_TRUE(tasks_.last()->updated && tasks_.last()->updated->pids);
  EXPECT_EQ(tasks_.last()->updated->pids->limit, -1);
  EXPECT_EQ(bench_->containers.inspect(id, false).host_config.resources.pids_limit, std::nullopt);
}

TEST_F(LifecycleTest, UpdateChangesLabelsAndTheNextEnvironment) {
  auto body = request();
  body.config.labels = {{"a", "1"}, {"b", "2"}};
  body.config.env = api::Strings{"X=1", "Y=2"};
  const std::string id = create(body);
  bench_->containers.update(id,
                            from_json<api::ContainerUpdate>(
                                R"({"Labels":{"a":"9","b":null,"c":""},"Env":["X=7","Y","Z=3"]})"));
  boot();
  const auto config = bench_->containers.inspect(id, false).config;
  EXPECT_EQ(config.labels, (api::StringMap{{"a", "9"}, {"c", ""}, {"from", "image"}}));
  EXPECT_EQ(config.env, (api::Strings{"X=7", "A=1", "Z=3"}));
}

TEST_F(LifecycleTest, UpdateOfAPolicyIsRefusedWithAutoRemove) {
  auto body = request();
  body.host_config.auto_remove = true;
  const std::string id = create(body);
  api::ContainerUpdate update;
  update.restart_policy = api::RestartPolicy{.name = "always", .maximum_retry_count = 0};
  try {
    bench_->containers.update(id, update);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::conflict);
  }
}

TEST_F(LifecycleTest, ARunTimeoutStopsItAndItStaysStopped) {
  auto body = request();
  body.host_config.run_timeout = 1;
  body.host_config.restart_policy.name = "always";
  const std::string id = create(body);
  start(id);
  boot();  // the daemon was killed meanwhile: the time goes on
  wait_for_end(id);
  EXPECT_EQ(state(id).status, "exited");
  EXPECT_EQ(tasks_.last()->signals, (std::vector<int>{SIGTERM}));
}

TEST_F(LifecycleTest, PruneTakesOnlyWhatIsOldEnough) {
  const std::string id = create();
  api::Filters old;
  old.add("until", "1h");
  EXPECT_FALSE(bench_->containers.prune(old, {}).containers_deleted);
  api::Filters all;
  all.add("until", "0s");
  EXPECT_EQ(bench_->containers.prune(all, {}).containers_deleted, (api::Strings{id}));
  api::Filters bad;
  bad.add("until", "yesterday-ish");
  EXPECT_THROW(bench_->containers.prune(bad, {}), Error);
}

TEST_F(LifecycleTest, UpdateReachesTheTaskAndTheRecord) {
  const std::string id = create();
  start(id);
  api::ContainerUpdate update;
  update.resources.memory = 64 << 20;
  bench_->containers.update(id, update);
  ASSERT_TRUE(tasks_.last()->updated);
  EXPECT_EQ(tasks_.last()->updated->memory->limit, 64 << 20);
  EXPECT_EQ(bench_->containers.inspect(id, false).host_config.resources.memory, 64 << 20);
}

}  // namespace
}  // namespace mydock::engine
