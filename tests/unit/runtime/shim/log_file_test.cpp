#include "runtime/shim/log_file.h"

#include <stdlib.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/file.h"

namespace mydock::runtime::shim {

namespace {

constexpr Time kTime{std::chrono::seconds(1'700'000'000)};

class LogFileTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/mydock-log-XXXXXX";
    directory_ = ::mkdtemp(name);
    path_ = directory_ / "c-json.log";
  }
  void TearDown() override { remove_tree(directory_); }

  static std::string line(const std::string& log, const std::string& stream = "stdout") {
    return R"({"log":")" + log + R"(","stream":")" + stream +
           R"(","time":"2023-11-14T22:13:20Z"})" + "\n";
  }

  fs::path directory_;
  fs::path path_;
};

}  // namespace

TEST_F(LogFileTest, WritesALineForEachLine) {
  LogFile log(path_, -1, 1);
  log.write(Stream::out, "one\ntwo\n", kTime);
  log.write(Stream::err, "\"bad\"\t\n", kTime);
  EXPECT_EQ(read_file(path_),
            line("one\\n") + line("two\\n") + line("\\\"bad\\\"\\t\\n", "stderr"));
}

TEST_F(LogFileTest, JoinsWhatWasReadInPiecesAndKeepsStreamsApart) {
  LogFile log(path_, -1, 1);
  log.write(Stream::out, "on", kTime);
  log.write(Stream::err, "err", kTime);
  EXPECT_EQ(read_file(path_), "");
  log.write(Stream::out, "e\nrest", kTime);
  log.write(Stream::err, "\n", kTime);
  log.finish(Stream::out, kTime);
  EXPECT_EQ(read_file(path_), line("one\\n") + line("err\\n", "stderr") + line("rest"));
}

TEST_F(LogFileTest, SplitsLongLinesAt16KiB) {
  LogFile log(path_, -1, 1);
  const std::string part(16384, 'x');
  log.write(Stream::out, part + "yz", kTime);
  EXPECT_EQ(read_file(path_), line(part));
  log.write(Stream::out, "!\n", kTime);
  EXPECT_EQ(read_file(path_), line(part) + line("yz!\\n"));
}

TEST_F(LogFileTest, RotatesBeforeTheLineThatFollowsAFullFile) {
  LogFile log(path_, 100, 3);
  for (const char* text : {"a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "g\n"}) {
    log.write(Stream::out, text, kTime);
  }
  EXPECT_EQ(read_file(path_), line("g\\n"));
  EXPECT_EQ(read_file(path_.native() + ".1"), line("e\\n") + line("f\\n"));
  EXPECT_EQ(read_file(path_.native() + ".2"), line("c\\n") + line("d\\n"));
  EXPECT_FALSE(fs::exists(path_.native() + ".3"));
}

TEST_F(LogFileTest, OneFileIsEmptiedInstead) {
  LogFile log(path_, 60, 1);
  log.write(Stream::out, "a\nb\n", kTime);
  EXPECT_EQ(read_file(path_), line("b\\n"));
}

TEST_F(LogFileTest, GoesOnInTheFileThatIsThere) {
  LogFile(path_, -1, 1).write(Stream::out, "a\n", kTime);
  LogFile(path_, -1, 1).write(Stream::out, "b\n", kTime);
  EXPECT_EQ(read_file(path_), line("a\\n") + line("b\\n"));
}

TEST_F(LogFileTest, CountsWhatAFullDiskRefused) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  LogFile log("/dev/full", -1, 1);
  log.write(Stream::out, "lost\n", kTime);
  log.write(Stream::out, "too\n", kTime);
  EXPECT_EQ(log.dropped(), 9U);
}

}  // namespace mydock::runtime::shim
