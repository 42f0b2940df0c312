#include "build/builder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/image/store_fixture.h"

namespace mydock::build {
namespace {

// Runs nothing: writes what the command's text says into the snapshot.
class FakeWorker final : public Worker {
 public:
  explicit FakeWorker(image::Store& store) : store_(store) {}
  int run(const RunStep& step, Output& output, const std::stop_token&) override {
    ++runs;
    last = step;
    output.write(Output::Stream::out, "ran\n");
    if (step.args.back() == "fail") return 7;
    write_file_atomically(fs::path(store_.snapshots.mounts(step.snapshot).upper) / "made",
                          step.args.back(), 0644);
    return 0;
  }
  image::ImagePtr pull(std::string_view name, std::string_view, const std::stop_token&) override {
    fail(Kind::not_found, "pull access denied for {}", name);
  }
  Root open_layers(const std::vector<std::string>& layers) override {
    return Root::open(layers.front());
  }
  Root open_writable(const image::OverlayMount& overlay) override {
    return Root::open(overlay.upper);
  }
  std::vector<std::string> changes(const image::OverlayMount&) override { return {"/made"}; }

  int runs = 0;
  RunStep last;

 private:
  image::Store& store_;
};

class Lines final : public Report {
 public:
  void text(std::string_view text) override { all += text; }
  void write(Stream, std::string_view text) override { all += text; }
  std::string all;
};

class BuilderTest : public image::StoreTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "copies belong to root";
    for (const char* name : {"context", "scratch", "copies", "mounts"}) {
      make_directories(root_ / name, 0755);
    }
    write_file_atomically(root_ / "context/one", "1", 0644);
  }

  image::ImagePtr build(std::string text, BuildRequest request = {}) {
    request.dockerfile = std::move(text);
    request.context = root_ / "context";
    request.scratch = root_ / "scratch";
    request.copies = root_ / "copies";
    request.cache_mounts = root_ / "mounts";
    lines.all.clear();
    return build_image(request, store(), cache, worker, lines, {});
  }

  Cache cache{*database_, store()};
  FakeWorker worker{store()};
  Lines lines;
};

TEST_F(BuilderTest, TheSameBuildTwiceIsTheSameImageFromTheCache) {
  const std::string text = "FROM scratch\nCOPY one /a/\nENV x=1\nRUN make\nCMD [\"x\"]\n";
  const auto first = build(text);
  EXPECT_EQ(worker.runs, 1);
  const auto second = build(text);
  EXPECT_EQ(first->id, second->id);
  EXPECT_EQ(worker.runs, 1);
  EXPECT_NE(lines.all.find("Step 4/5 : RUN make\n ---> Using cache\n"), std::string::npos)
      << lines.all;
  EXPECT_TRUE(fs::is_empty(root_ / "copies"));
}

TEST_F(BuilderTest, ContentDecidesNotTimeAndNotUnrelatedMetadata) {
  build("FROM scratch\nCOPY one /a\nRUN make\n");
  write_file_atomically(root_ / "context/one", "1", 0644);  // a new time
  build("FROM scratch\nLABEL later=1\nCOPY one /a\nRUN make\n");
  EXPECT_EQ(worker.runs, 1);
  write_file_atomically(root_ / "context/one", "2", 0644);
  build("FROM scratch\nCOPY one /a\nRUN make\n");
  EXPECT_EQ(worker.runs, 2);
}

TEST_F(BuilderTest, AFailedRunTellsItsCodeAndKeepsWhatWasDone) {
  try {
    build("FROM scratch\nCOPY one /a\nRUN fail\n");
    ADD_FAILURE();
  } catch (const StepFailed& failure) {
    EXPECT_EQ(failure.code(), 7);
    EXPECT_EQ(failure.message(), "The command '/bin/sh -c fail' returned a non-zero code: 7");
  }
  build("FROM scratch\nCOPY one /a\n");
  EXPECT_NE(lines.all.find("Using cache"), std::string::npos);
}

TEST_F(BuilderTest, SecretsAreInNoKeyNoHistoryAndNoLayer) {
  BuildRequest request;
  request.secrets["token"] = "hush";
  const auto image =
      build("FROM scratch\nRUN --mount=type=secret,id=token,env=TOKEN make\n", request);
  EXPECT_NE(std::ranges::find(worker.last.env, "TOKEN=hush"), worker.last.env.end());
  EXPECT_EQ(to_json(image->config).find("hush"), std::string::npos);
  EXPECT_EQ(lines.all.find("hush"), std::string::npos);
  request.secrets["token"] = "other";
  build("FROM scratch\nRUN --mount=type=secret,id=token,env=TOKEN make\n", request);
  EXPECT_EQ(worker.runs, 1);
  EXPECT_TRUE(fs::is_empty(root_ / "scratch"));
}

TEST_F(BuilderTest, AnEpochMakesIdenticalImages) {
  BuildRequest request;
  request.arguments["SOURCE_DATE_EPOCH"] = "1700000000";
  request.no_cache = true;
  const std::string text = "FROM scratch\nCOPY one /a/b/c\nRUN make\n";
  const auto first = build(text, request);
  EXPECT_EQ(first->id, build(text, request)->id);
  EXPECT_EQ(worker.runs, 2);
  EXPECT_EQ(first->created, Time(std::chrono::seconds(1700000000)));
}

TEST_F(BuilderTest, PrunedStepsRunAgain) {
  const auto image = build("FROM scratch\nRUN make\n");
  store().images.remove(image->id.str(), {.force = true}, {});
  EXPECT_FALSE(cache.list().empty());
  EXPECT_GT(cache.prune([](const CacheEntry&) { return true; }).bytes, 0U);
  EXPECT_TRUE(cache.list().empty());
  build("FROM scratch\nRUN make\n");
  EXPECT_EQ(worker.runs, 2);
}

TEST_F(BuilderTest, StepsOfUnneededStagesAreNotRun) {
  build(
      "FROM scratch AS a\nRUN one\nFROM scratch AS b\nRUN two\nFROM scratch\nCOPY --from=b /made "
      "/\n");
  EXPECT_EQ(worker.runs, 1);
  EXPECT_NE(lines.all.find("Step 1/4 : FROM scratch AS b"), std::string::npos) << lines.all;
}

}  // namespace
}  // namespace mydock::build
