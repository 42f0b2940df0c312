#include "engine/io/log_lines.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "archive/compression.h"
#include "base/error.h"
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
  // As the shim packs a rotated file.
  void pack(const fs::path& path) {
    FdSink to(open_file(path.string() + ".gz", O_WRONLY | O_CREAT, 0644));
    const auto packer = archive::make_compressor(archive::Compression::gzip, to);
    packer->write(read_file(path));
    packer->finish();
    fs::remove(path);
  }
  static std::string all(LogLines& lines) {
    std::string text;
    while (const auto next = lines.next()) text += next->log;
    return text;
  }
  fs::path directory_;
};

TEST_F(LogLinesTest, MissingLogIsEmptyUntilItComes) {
  LogLines lines({log()}, std::nullopt);
  EXPECT_EQ(all(lines), "");
  append(log(), line("a"));
  EXPECT_EQ(all(lines), "a\n");
}

TEST_F(LogLinesTest, RotatedFilesComeFirstAndOldestFirst) {
  append(log().string() + ".2", line("a"));
  append(log().string() + ".1", line("b"));
  append(log(), line("c"));
  LogLines lines({log()}, std::nullopt);
  EXPECT_EQ(all(lines), "a\nb\nc\n");
}

TEST_F(LogLinesTest, TailCountsOverRotatedFiles) {
  append(log().string() + ".1", line("a") + line("b") + line("c"));
  append(log(), line("d") + line("e"));
  const std::pair<std::uint64_t, std::string> cases[] = {
      {0, ""}, {1, "e\n"}, {2, "d\ne\n"}, {3, "c\nd\ne\n"}, {99, "a\nb\nc\nd\ne\n"}};
  for (const auto& [tail, expected] : cases) {
    LogLines lines({log()}, tail);
    EXPECT_EQ(all(lines), expected) << tail;
  }
}

TEST_F(LogLinesTest, HalfALineWaitsForItsRest) {
  const std::string whole = line("abc");
  append(log(), whole.substr(0, 10));
  LogLines lines({log()}, std::nullopt);
  EXPECT_EQ(all(lines), "");
  append(log(), whole.substr(10));
  EXPECT_EQ(all(lines), "abc\n");
}

TEST_F(LogLinesTest, RotationWhileReadingLosesNothing) {
  append(log(), line("a"));
  LogLines lines({log()}, std::nullopt);
  EXPECT_EQ(all(lines), "a\n");
  append(log(), line("b"));
  fs::rename(log(), log().string() + ".1");
  append(log(), line("c"));
  EXPECT_EQ(all(lines), "b\nc\n");
}

TEST_F(LogLinesTest, PackedFilesAreReadLikeOthers) {
  append(log().string() + ".2", line("a") + line("b"));
  pack(log().string() + ".2");
  append(log().string() + ".1", line("c"));
  append(log(), line("d"));
  const std::pair<std::optional<std::uint64_t>, std::string> cases[] = {
      {std::nullopt, "a\nb\nc\nd\n"}, {3, "b\nc\nd\n"}, {1, "d\n"}, {9, "a\nb\nc\nd\n"}};
  for (const auto& [tail, expected] : cases) {
    LogLines lines({log()}, tail);
    EXPECT_EQ(all(lines), expected);
  }
}

TEST_F(LogLinesTest, SeveralRotationsBetweenTwoLooksLoseNothing) {
  append(log(), line("a"));
  LogLines lines({log()}, std::nullopt);
  EXPECT_EQ(all(lines), "a\n");
  append(log(), line("b"));
  fs::rename(log(), log().string() + ".1");
  append(log(), line("c"));
  fs::rename(log().string() + ".1", log().string() + ".2");
  fs::rename(log(), log().string() + ".1");
  append(log(), line("d"));
  EXPECT_EQ(all(lines), "b\nc\nd\n");
}

TEST_F(LogLinesTest, WhatWasReadIsKnownByItsTimeOnceItsFileIsPacked) {
  append(log(), line("a"));
  LogLines lines({log()}, std::nullopt);
  EXPECT_EQ(all(lines), "a\n");
  append(log(), line("b"));
  fs::rename(log(), log().string() + ".1");
  pack(log().string() + ".1");
  append(log(), line("c"));
  EXPECT_EQ(all(lines), "b\nc\n");
}

TEST_F(LogLinesTest, AnEmptiedLogIsReadAnew) {
  append(log(), line("first line"));
  LogLines lines({log()}, std::nullopt);
  EXPECT_EQ(all(lines), "first line\n");
  fs::resize_file(log(), 0);
  append(log(), line("b"));
  EXPECT_EQ(all(lines), "b\n");
}

TEST_F(LogLinesTest, LinesOfAnyShapeAreUnderstood) {
  append(
      log(),
      R"({"log":"tab\u0009 \"q\" \\ \u003c\n","stream":"stderr","attrs":{"a":"b"},"time":"2024-01-01T00:00:00Z"})"
      "\n"
      R"({"stream":"stdout","log":"x","time":"2024-01-01T00:00:01.5Z"})"
      "\n");
  LogLines lines({log()}, std::nullopt);
  const auto first = lines.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->log, "tab\t \"q\" \\ <\n");
  EXPECT_EQ(first->stream, "stderr");
  EXPECT_EQ(first->attributes.at("a"), "b");
  EXPECT_EQ(lines.next()->log, "x");
}

// As the shim's local driver writes one.
std::string local(const std::string& text, bool err, bool ends) {
  const auto number = [](std::uint64_t n, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i, n >>= 8U) out += static_cast<char>(n & 0xFFU);
    return out;
  };
  const std::string body =
      number(1'700'000'000'000'000'000U, 8) + number((err ? 1U : 0U) | (ends ? 0U : 2U), 1) + text;
  return number(body.size(), 4) + body + number(body.size(), 4);
}

TEST_F(LogLinesTest, LocalRecordsCarryStreamAndEnd) {
  const std::string half = local("half", false, true).substr(0, 9);
  append(log(), local("a", false, true) + local("b", true, false) + local("c\nd", false, true));
  for (const auto& [tail, expected] :
       std::initializer_list<std::pair<std::optional<std::uint64_t>, std::string>>{
           {std::nullopt, "a\nbc\nd\n"}, {2, "bc\nd\n"}, {0, ""}, {7, "a\nbc\nd\n"}}) {
    LogLines lines({log(), ReadableLog::Format::local}, tail);
    EXPECT_EQ(all(lines), expected);
  }
  append(log(), half);
  LogLines lines({log(), ReadableLog::Format::local}, 1);
  EXPECT_EQ(all(lines), "c\nd\n");
  append(log(), local("half", false, true).substr(9));
  EXPECT_EQ(all(lines), "half\n");
}

TEST_F(LogLinesTest, DamageIsTold) {
  append(log(), "\xFF\xFF\xFF\xFF garbage");
  LogLines lines({log(), ReadableLog::Format::local}, std::nullopt);
  EXPECT_THROW(lines.next(), Error);
}

}  // namespace
}  // namespace mydock::engine
