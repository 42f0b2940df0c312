#include "engine/io/log_lines.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/id.h"

namespace mydock::engine {
namespace {

std::string line(const std::string& text) {
  return to_json(LogLine{.log = text + "\n", .stream = "stdout", .time = now()}) + "\n";
}

class LogLinesTest : public ::testing::Test {
 protected:
  LogLinesTest() : directory_(fs::temp_directory_path() / ("mydock-log-" + random_hex(8))) {
    make_directories(directory_, 0755);
  }
  ~LogLinesTest() override { remove_tree(directory_); }
  fs::path log() const { return directory_ / "x-json.log"; }
  void append(const fs::path& path, const std::string& text) {
    write_all(open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0644), text);
  }
  static std::string all(LogLines& lines) {
    std::string text;
    while (const auto next = lines.next()) text += next->log;
    return text;
  }
  fs::path directory_;
};

TEST_F(LogLinesTest, MissingLogIsEmptyUntilItComes) {
  LogLines lines(log(), std::nullopt);
  EXPECT_EQ(all(lines), "");
  append(log(), line("a"));
  EXPECT_EQ(all(lines), "a\n");
}

TEST_F(LogLinesTest, RotatedFilesComeFirstAndOldestFirst) {
  append(log().string() + ".2", line("a"));
  append(log().string() + ".1", line("b"));
  append(log(), line("c"));
  LogLines lines(log(), std::nullopt);
  EXPECT_EQ(all(lines), "a\nb\nc\n");
}

TEST_F(LogLinesTest, TailCountsOverRotatedFiles) {
  append(log().string() + ".1", line("a") + line("b") + line("c"));
  append(log(), line("d") + line("e"));
  const std::pair<std::uint64_t, std::string> cases[] = {
      {0, ""}, {1, "e\n"}, {2, "d\ne\n"}, {3, "c\nd\ne\n"}, {99, "a\nb\nc\nd\ne\n"}};
  for (const auto& [tail, expected] : cases) {
    LogLines lines(log(), tail);
    EXPECT_EQ(all(lines), expected) << tail;
  }
}

TEST_F(LogLinesTest, HalfALineWaitsForItsRest) {
  const std::string whole = line("abc");
  append(log(), whole.substr(0, 10));
  LogLines lines(log(), std::nullopt);
  EXPECT_EQ(all(lines), "");
  append(log(), whole.substr(10));
  EXPECT_EQ(all(lines), "abc\n");
}

TEST_F(LogLinesTest, RotationWhileReadingLosesNothing) {
  append(log(), line("a"));
  LogLines lines(log(), std::nullopt);
  EXPECT_EQ(all(lines), "a\n");
  append(log(), line("b"));
  fs::rename(log(), log().string() + ".1");
  append(log(), line("c"));
  EXPECT_EQ(all(lines), "b\nc\n");
}

}  // namespace
}  // namespace mydock::engine
