#include "runtime/shim/log/file_log.h"

#include <zlib.h>

#include <algorithm>

#include "tests/unit/runtime/shim/log/log_fixture.h"

namespace mydock::runtime::shim {

namespace {

class FileLogTest : public LogTest {
 protected:
  static std::string gunzipped(const std::string& path) {
    std::string text(100'000, '\0');
    gzFile file = ::gzopen(path.c_str(), "rb");
    const int n = ::gzread(file, text.data(), static_cast<unsigned>(text.size()));
    ::gzclose(file);
    text.resize(static_cast<std::size_t>(std::max(n, 0)));
    return text;
  }
};

}  // namespace

TEST_F(FileLogTest, WritesALineForEachLineWithATimeOfItsOwn) {
  JsonFileLog log(file_);
  log.write(Stream::out, "one\ntwo\n", kTime);
  log.write(Stream::err, "bad\n", kTime);
  EXPECT_EQ(read_file(file_.path),
            R"({"log":"one\n","stream":"stdout","time":"2023-11-14T22:13:20Z"})"
            "\n"
            R"({"log":"two\n","stream":"stdout","time":"2023-11-14T22:13:20.000000001Z"})"
            "\n"
            R"({"log":"bad\n","stream":"stderr","time":"2023-11-14T22:13:20.000000002Z"})"
            "\n");
}

TEST_F(FileLogTest, EveryLineCarriesTheAttributes) {
  file_.attributes = R"({"a":"b"})";
  JsonFileLog log(file_);
  log.write(Stream::err, "x\n", kTime);
  EXPECT_EQ(read_file(file_.path),
            R"({"log":"x\n","stream":"stderr","attrs":{"a":"b"},"time":"2023-11-14T22:13:20Z"})"
            "\n");
}

TEST_F(FileLogTest, JoinsWhatWasReadInPiecesAndKeepsStreamsApart) {
  JsonFileLog log(file_);
  log.write(Stream::out, "on", kTime);
  log.write(Stream::err, "err", kTime);
  EXPECT_EQ(read_file(file_.path), "");
  log.write(Stream::out, "e\nrest", kTime);
  log.write(Stream::err, "\n", kTime);
  log.finish(Stream::out, kTime);
  EXPECT_EQ(lines_of(file_.path), line("one\\n") + line("err\\n", "stderr") + line("rest"));
}

TEST_F(FileLogTest, SplitsLongLinesAt16KiB) {
  JsonFileLog log(file_);
  const std::string part(16384, 'x');
  log.write(Stream::out, part + "yz", kTime);
  EXPECT_EQ(lines_of(file_.path), line(part));
  log.write(Stream::out, "!\n", kTime);
  EXPECT_EQ(lines_of(file_.path), line(part) + line("yz!\\n"));
}

TEST_F(FileLogTest, DoesNotCutACharacterInTwo) {
  JsonFileLog log(file_);
  const std::string part(16383, 'x');
  log.write(Stream::out, part + "\xC3\xA9 end\n", kTime);
  EXPECT_EQ(lines_of(file_.path), line(part) + line("\xC3\xA9 end\\n"));
}

TEST_F(FileLogTest, RotatesBeforeTheLineThatFollowsAFullFile) {
  file_.max_size = 100;
  file_.max_files = 3;
  JsonFileLog log(file_);
  for (const char* text : {"a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "g\n"}) {
    log.write(Stream::out, text, kTime);
  }
  EXPECT_EQ(lines_of(file_.path), line("g\\n"));
  EXPECT_EQ(lines_of(file_.path + ".1"), line("e\\n") + line("f\\n"));
  EXPECT_EQ(lines_of(file_.path + ".2"), line("c\\n") + line("d\\n"));
  EXPECT_FALSE(fs::exists(file_.path + ".3"));
}

TEST_F(FileLogTest, RotatedFilesArePackedWhenAskedFor) {
  file_.max_size = 100;
  file_.max_files = 3;
  file_.compress = true;
  JsonFileLog log(file_);
  for (const char* text : {"a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "g\n"}) {
    log.write(Stream::out, text, kTime);
  }
  // Each rotation waits for the packing of the one before.
  EXPECT_NE(gunzipped(file_.path + ".2.gz").find(R"("log":"d\n")"), std::string::npos);
  EXPECT_FALSE(fs::exists(file_.path + ".2"));
  EXPECT_EQ(lines_of(file_.path), line("g\\n"));
}

TEST_F(FileLogTest, OneFileIsEmptiedInstead) {
  file_.max_size = 60;
  JsonFileLog log(file_);
  log.write(Stream::out, "a\nb\n", kTime);
  EXPECT_EQ(lines_of(file_.path), line("b\\n"));
}

TEST_F(FileLogTest, AFileThatSomebodyEmptiedHasRoomAgain) {
  file_.max_size = 150;
  file_.max_files = 2;
  JsonFileLog log(file_);
  log.write(Stream::out, "a\nb\n", kTime);
  fs::resize_file(file_.path, 0);
  log.write(Stream::out, "c\n", kTime);
  EXPECT_EQ(lines_of(file_.path), line("c\\n"));
  EXPECT_FALSE(fs::exists(file_.path + ".1"));
}

TEST_F(FileLogTest, GoesOnInTheFileThatIsThere) {
  JsonFileLog(file_).write(Stream::out, "a\n", kTime);
  JsonFileLog(file_).write(Stream::out, "b\n", kTime);
  EXPECT_EQ(lines_of(file_.path), line("a\\n") + line("b\\n"));
}

TEST_F(FileLogTest, CountsWhatAFullDiskRefused) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  file_.path = "/dev/full";
  JsonFileLog log(file_);
  log.write(Stream::out, "lost\n", kTime);
  log.write(Stream::out, "too\n", kTime);
  EXPECT_EQ(log.dropped(), 9U);
}

TEST_F(FileLogTest, TimeGoesOnlyBackWhereTheClockWasSetBack) {
  JsonFileLog log(file_);
  log.write(Stream::out, "a\n", kTime);
  log.write(Stream::out, "b\n", kTime - std::chrono::milliseconds(5));
  log.write(Stream::out, "c\n", kTime - std::chrono::hours(1));
  const std::string text = read_file(file_.path);
  EXPECT_NE(text.find("b\\n\",\"stream\":\"stdout\",\"time\":\"2023-11-14T22:13:20.000000001Z"),
            std::string::npos);
  EXPECT_NE(text.find("c\\n\",\"stream\":\"stdout\",\"time\":\"2023-11-14T21:13:20Z"),
            std::string::npos);
}

TEST_F(FileLogTest, LocalRecordsHaveTheirLengthAtBothEnds) {
  LocalLog log(file_);
  log.write(Stream::err, "ab\n", kTime);
  log.write(Stream::out, "c", kTime);
  log.finish(Stream::out, kTime);
  const std::string text = read_file(file_.path);
  ASSERT_EQ(text.size(), (4U + 9 + 2 + 4) + (4 + 9 + 1 + 4));
  EXPECT_EQ(text.substr(0, 4), std::string("\x0B\0\0\0", 4));
  EXPECT_EQ(text[12], 1);  // stderr
  EXPECT_EQ(text.substr(13, 2), "ab");
  EXPECT_EQ(text.substr(15, 4), text.substr(0, 4));
  EXPECT_EQ(text[19 + 12], 2);  // not ended
}

TEST(JsonTextTest, EscapesAsDockersJsonFileDoes) {
  const std::pair<std::string, std::string> cases[] = {
      {"plain", "plain"},
      {"\"\\", "\\\"\\\\"},
      {"a\tb\r", "a\\u0009b\\r"},
      {"<&>", "\\u003c\\u0026\\u003e"},
      {"\x1B[1m", "\\u001b[1m"},
      {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
      {"\xE2\x80\xA8", "\\u2028"},
      {"\xFFz\xC3", "\\ufffdz\\ufffd"},
      {"\xED\xA0\x80", "\\ufffd\\ufffd\\ufffd"},
      {"\xF4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd"},
      {"\x7F", "\x7F"},
  };
  for (const auto& [text, expected] : cases) {
    std::string out;
    append_escaped(out, text);
    EXPECT_EQ(out, expected) << text;
  }
}

TEST(JsonTextTest, TimesAreWrittenAsTheSlowWayDoes) {
  TimeText text;
  for (const std::int64_t nanoseconds : {0L, 1L, 1'500'000'000L, 1'700'000'000'000'000'000L,
                                         1'700'000'000'120'000'000L, 1'700'000'001'000'000'000L}) {
    const Time time{std::chrono::nanoseconds(nanoseconds)};
    std::string out;
    text.append(out, time);
    if (nanoseconds >= 1'000'000'000) {
      EXPECT_EQ(out, to_rfc3339(time));
    }
  }
}

}  // namespace mydock::runtime::shim
