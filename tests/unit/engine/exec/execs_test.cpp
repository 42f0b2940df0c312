#include "tests/unit/engine/engine_fixture.h"

namespace mydock::engine {
namespace {

class ExecsTest : public EngineTest {
 protected:
  static api::ExecCreate command(api::Strings words) {
    api::ExecCreate create;
    create.cmd = std::move(words);
    create.attach_stdout = true;
    return create;
  }
  Execs& execs() { return bench_->execs; }
};

TEST_F(ExecsTest, NeedsARunningContainerAndACommand) {
  const std::string id = create();
  EXPECT_THROW(execs().create(id, command({"ls"})), Error);
  start(id);
  EXPECT_THROW(execs().create(id, command({})), Error);
  EXPECT_THROW(execs().inspect("nope"), Error);
}

TEST_F(ExecsTest, RunsOnceAndTellsItsCode) {
  const std::string id = create();
  start(id);
  const std::string exec = execs().create(id, command({"sh", "-c", "exit 3"})).id;
  EXPECT_EQ(bench_->containers.inspect(id, false).exec_ids, (api::Strings{exec}));
  auto [ours, theirs] = make_socketpair(SOCK_STREAM);
  execs().prepare_start(exec, {}).run(std::move(theirs), {});
  auto view = execs().inspect(exec);
  EXPECT_TRUE(view.running);
  EXPECT_EQ(view.exit_code, std::nullopt);
  EXPECT_EQ(view.process.entrypoint, "sh");
  EXPECT_EQ(view.pid, 4242);
  EXPECT_EQ(tasks_.last()->execs.at(exec).process.args, (api::Strings{"sh", "-c", "exit 3"}));
  tasks_.last()->end_exec(exec, 3);
  view = execs().inspect(exec);
  EXPECT_FALSE(view.running);
  EXPECT_EQ(view.exit_code, 3);
  EXPECT_THROW(execs().prepare_start(exec, {}), Error);
}

TEST_F(ExecsTest, FailureIsWrittenToTheStream) {
  const std::string id = create();
  tasks_.prepare = [](FakeTask& task) {
    task.exec_error = Error(Kind::invalid, "exec: \"foo\": executable file not found in $PATH");
  };
  start(id);
  const std::string exec = execs().create(id, command({"foo"})).id;
  auto [ours, theirs] = make_socketpair(SOCK_STREAM);
  execs()
      .prepare_start(exec, {.detach = false, .tty = true, .console_size = {}})
      .run(std::move(theirs), {});
  EXPECT_EQ(read_to_end(ours, 4096),
            "OCI runtime exec failed: exec failed: unable to start container process: exec: "
            "\"foo\": executable file not found in $PATH: unknown\r\n");
  EXPECT_EQ(execs().inspect(exec).exit_code, 127);
}

TEST_F(ExecsTest, EndsWithItsContainer) {
  const std::string id = create();
  start(id);
  const std::string exec = execs().create(id, command({"sleep"})).id;
  auto [ours, theirs] = make_socketpair(SOCK_STREAM);
  execs().prepare_start(exec, {}).run(std::move(theirs), {});
  tasks_.last()->end(0);
  ASSERT_TRUE(wait_until(id, State::exited));
  EXPECT_EQ(execs().inspect(exec).exit_code, 137);
}

TEST_F(ExecsTest, EnvironmentIsTheContainersAndItsOwn) {
  const std::string id = create();
  start(id);
  api::ExecCreate body = command({"env"});
  body.env = api::Strings{"B=2", "A=own"};
  const std::string exec = execs().create(id, body).id;
  execs().prepare_start(exec, {}).run_detached();
  const auto& env = tasks_.last()->execs.at(exec).process.env;
  EXPECT_NE(std::find(env.begin(), env.end(), "A=own"), env.end());
  EXPECT_NE(std::find(env.begin(), env.end(), "B=2"), env.end());
  EXPECT_EQ(std::find(env.begin(), env.end(), "A=1"), env.end());
}

}  // namespace
}  // namespace mydock::engine
