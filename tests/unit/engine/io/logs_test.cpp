#include <fcntl.h>

#include <thread>

#include "tests/unit/engine/engine_fixture.h"

namespace mydock::engine {
namespace {

class LogsTest : public EngineTest {
 protected:
  LogsTest() {
    api::ContainerCreate body = request();
    body.config.tty = true;  // raw: easier to read
    id_ = create(body, "web");
  }
  void log(const std::string& stream, const std::string& text, const std::string& time) {
    make_directories(bench_->paths.container(id_), 0755);
    write_all(
        open_file(bench_->paths.log(id_), O_WRONLY | O_CREAT | O_APPEND, 0644),
        R"({"log":")" + text + R"(\n","stream":")" + stream + R"(","time":")" + time + "\"}\n");
  }
  std::string read(LogsOptions options) {
    TextSink sink;
    bench_->io.prepare_logs("web", options).run(sink, {});
    return sink.take();
  }
  static LogsOptions both() {
    LogsOptions options;
    options.stdout_open = options.stderr_open = true;
    return options;
  }
  std::string id_;
};

TEST_F(LogsTest, StreamsAndTimesSelect) {
  log("stdout", "one", "2024-01-01T00:00:01Z");
  log("stderr", "two", "2024-01-01T00:00:02Z");
  log("stdout", "three", "2024-01-01T00:00:03.5Z");
  EXPECT_EQ(read(both()), "one\ntwo\nthree\n");
  LogsOptions errors = both();
  errors.stdout_open = false;
  EXPECT_EQ(read(errors), "two\n");
  LogsOptions since = both();
  since.since = parse_rfc3339("2024-01-01T00:00:02Z");
  EXPECT_EQ(read(since), "two\nthree\n");
  LogsOptions until = both();
  until.until = parse_rfc3339("2024-01-01T00:00:02Z");
  EXPECT_EQ(read(until), "one\ntwo\n");
  LogsOptions stamped = both();
  stamped.timestamps = true;
  stamped.tail = 1;
  EXPECT_EQ(read(stamped), "2024-01-01T00:00:03.500000000Z three\n");
}

TEST_F(LogsTest, FollowEndsWithTheContainer) {
  start(id_);
  log("stdout", "one", "2024-01-01T00:00:01Z");
  TextSink sink;
  LogsOptions follow = both();
  follow.follow = true;
  auto reader = bench_->io.prepare_logs("web", follow);
  std::jthread client([&] { reader.run(sink, {}); });
  log("stdout", "two", "2024-01-01T00:00:02Z");
  tasks_.last()->end(0);
  client.join();
  EXPECT_EQ(sink.text(), "one\ntwo\n");
}

TEST_F(LogsTest, NoStreamAndNoDriverAreRefused) {
  EXPECT_THROW(bench_->io.prepare_logs("web", {}), Error);
  api::ContainerCreate body = request();
  body.host_config.log_config.type = "none";
  const std::string id = create(body);
  EXPECT_THROW(bench_->io.prepare_logs(id, both()), Error);
}

}  // namespace
}  // namespace mydock::engine
