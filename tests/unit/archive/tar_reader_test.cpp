#include "archive/tar_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/support/tar_builder.h"

namespace mydock::archive {
namespace {

using test::TarBuilder;
using test::TarHeader;
using testing::HasSubstr;

// Gives out a few bytes at a time: a parser must not care.
class Trickle final : public Source {
 public:
  explicit Trickle(std::string text, std::size_t step) : text_(std::move(text)), step_(step) {}
  std::size_t read(Bytes buffer) override {
    const std::size_t count = std::min({step_, buffer.size(), text_.size() - at_});
    std::memcpy(buffer.data(), text_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t step_;
  std::size_t at_ = 0;
};

struct Read {
  Entry entry;
  std::string data;
};
std::vector<Read> read_all(std::string tar, std::size_t step = 1U << 20U) {
  Trickle source(std::move(tar), step);
  TarReader reader(source);
  std::vector<Read> result;
  while (const Entry* entry = reader.next()) {
    result.push_back({*entry, {}});
    result.back().data = reader.read_text(std::size_t{1} << 20);
  }
  reader.drain();
  return result;
}
Entry first(const TarBuilder& tar) { return read_all(tar.done()).at(0).entry; }

std::string refusal(const std::string& tar) {
  try {
    read_all(tar);
  } catch (const Error& error) {
    return error.kind() == Kind::invalid ? error.what() : "another kind";
  }
  return "accepted";
}

TEST(TarReaderTest, EntriesAndDataComeInOrder) {
  const std::string big(100'000, 'b');
  const std::string tar = TarBuilder()
                              .directory("etc/")
                              .file("etc/passwd", "root:x:0:0")
                              .file("empty", "")
                              .file("big", big)
                              .symlink("link", "etc/passwd")
                              .hard_link("hard", "etc/passwd")
                              .done();
  for (const std::size_t step : {1U, 511U, 512U, 1000000U}) {
    SCOPED_TRACE(step);
    const auto entries = read_all(tar, step);
    ASSERT_EQ(entries.size(), 6U);
    EXPECT_EQ(entries[0].entry.type, EntryType::directory);
    EXPECT_EQ(entries[1].data, "root:x:0:0");
    EXPECT_EQ(entries[2].data, "");
    EXPECT_EQ(entries[3].data, big);
    EXPECT_EQ(entries[4].entry.link_name, "etc/passwd");
    EXPECT_EQ(entries[5].entry.type, EntryType::hard_link);
  }
}

TEST(TarReaderTest, UnreadDataIsSkipped) {
  TextSource source(TarBuilder().file("a", std::string(70'000, 'a')).file("b", "2").done());
  TarReader reader(source);
  reader.next();
  reader.next_piece();
  ASSERT_NE(reader.next(), nullptr);
  EXPECT_EQ(reader.read_text(10), "2");
  EXPECT_EQ(reader.next(), nullptr);
}

TEST(TarReaderTest, NumbersMayBeOctalOrBase256) {
  const std::string huge_uid{"\x80\0\0\0\x7f\xff\xff\xff", 8};
  const std::string negative_time = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe";
  const Entry entry = first(TarBuilder().add(
      {.name = "a", .mode = " 644 ", .uid = huge_uid, .gid = "7777777", .mtime = negative_time}));
  EXPECT_EQ(entry.mode, 0644U);
  EXPECT_EQ(entry.uid, 0x7fffffffU);
  EXPECT_EQ(entry.gid, 07777777U);
  EXPECT_EQ(entry.mtime.tv_sec, -2);
}

TEST(TarReaderTest, ModeKeepsOnlyItsTwelveBits) {
  const std::string all("\x80\0\0\0\xff\xff\xff\xff", 8);
  EXPECT_EQ(first(TarBuilder().add({.name = "a", .mode = all})).mode, 07777U);
}

TEST(TarReaderTest, PaxRecordsWinOverTheHeader) {
  const std::string long_name = std::string(150, 'd') + "/" + std::string(200, 'f');
  const auto entries = read_all(
      TarBuilder()
          .pax_raw(TarBuilder::record("path", "first") + TarBuilder::record("path", long_name) +
                   TarBuilder::record("uid", "3000000000") + TarBuilder::record("mtime", "12.5") +
                   TarBuilder::record("size", "3") + TarBuilder::record("comment", "no matter") +
                   TarBuilder::record("SCHILY.xattr.user.a", std::string("\0b", 2)))
          .add({.name = "short", .size = "00000000000"})
          .raw("abc" + std::string(509, '\0'))
          .file("next", "n")
          .done());
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].entry.name, long_name);
  EXPECT_EQ(entries[0].entry.uid, 3'000'000'000U);
  EXPECT_EQ(entries[0].entry.mtime.tv_sec, 12);
  EXPECT_EQ(entries[0].entry.mtime.tv_nsec, 500'000'000);
  EXPECT_EQ(entries[0].data, "abc");
  EXPECT_EQ(entries[0].entry.xattrs.at("user.a"), std::string("\0b", 2));
  EXPECT_EQ(entries[1].entry.name, "next");
}

TEST(TarReaderTest, GnuLongNamesAndGlobalHeadersAreUnderstood) {
  const std::string name(300, 'n');
  const std::string target(200, 't');
  const Entry entry =
      first(TarBuilder()
                .add({.name = "g", .type = 'g'}, TarBuilder::record("path", "/evil"))
                .add({.name = "././@LongLink", .type = 'L'}, name + '\0')
                .add({.name = "././@LongLink", .type = 'K'}, target + '\0')
                .symlink("short", "short"));
  EXPECT_EQ(entry.name, name);
  EXPECT_EQ(entry.link_name, target);
}

TEST(TarReaderTest, UstarPrefixIsJoined) {
  EXPECT_EQ(first(TarBuilder().add({.name = "b", .prefix = "a"})).name, "a/b");
}

TEST(TarReaderTest, SparseFilesOfEveryFormatHaveTheirHoles) {
  const std::string expected = std::string(512, '\0') + "data" + std::string(508, '\0');
  const std::string payload = "data";
  const auto sparse = [](std::string_view records) {
    return TarBuilder().pax_raw(records).add({.name = "s"}, "data").done();
  };
  using T = TarBuilder;
  const std::string version_0_0 =
      sparse(T::record("GNU.sparse.size", "1024") + T::record("GNU.sparse.numblocks", "1") +
             T::record("GNU.sparse.offset", "512") + T::record("GNU.sparse.numbytes", "4"));
  const std::string version_0_1 =
      sparse(T::record("GNU.sparse.size", "1024") + T::record("GNU.sparse.map", "512,4"));
  const std::string map = "1\n512\n4\n";
  const std::string version_1_0 =
      TarBuilder()
          .pax_raw(T::record("GNU.sparse.major", "1") + T::record("GNU.sparse.minor", "0") +
                   T::record("GNU.sparse.name", "s") + T::record("GNU.sparse.realsize", "1024"))
          .add({.name = "GNUSparseFile.0/s"}, map + std::string(512 - map.size(), '\0') + "data")
          .done();
  for (const std::string& tar : {version_0_0, version_0_1, version_1_0}) {
    const auto entries = read_all(tar);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0].entry.name, "s");
    EXPECT_EQ(entries[0].data, expected);
  }
}

TEST(TarReaderTest, OldGnuSparseFilesAreUnderstood) {
  std::string block =
      TarBuilder::block_of({.name = "s", .type = 'S', .magic = std::string("ustar  \0", 8)}, 4);
  const std::string pair =
      "00000001000" + std::string(1, '\0') + "00000000004" + std::string(1, '\0');
  block.replace(386, pair.size(), pair);
  block.replace(483, 11, "00000002000");
  unsigned sum = 0;
  block.replace(148, 8, "        ");
  for (const char c : block) sum += static_cast<unsigned char>(c);
  block.replace(148, 7, fmt::format("{:06o}", sum) + '\0');
  const auto entries = read_all(block + "data" + std::string(508 + 1024, '\0'));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].data, std::string(512, '\0') + "data" + std::string(508, '\0'));
}

TEST(TarReaderTest, TheArchiveMayEndInSeveralWays) {
  const TarBuilder tar = TarBuilder().file("a", "1");
  for (const std::string& end : {std::string(), std::string(512, '\0'), std::string(1024, '\0'),
                                 std::string(1024, '\0') + "anything after it"}) {
    EXPECT_EQ(read_all(tar.bytes() + end).size(), 1U) << end.size();
  }
  EXPECT_EQ(read_all("").size(), 0U);
  EXPECT_EQ(read_all(std::string(10240, '\0')).size(), 0U);
}

TEST(TarReaderTest, DamagedAndExcessiveArchivesAreRefused) {
  using T = TarBuilder;
  const std::string base256_huge = "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
  const std::string base256_minus = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
  std::string many_regions;
  for (int i = 0; i < 70'000; ++i) many_regions += "0,0,";
  many_regions.pop_back();
  std::string many_xattrs;
  for (int i = 0; i < 300; ++i)
    many_xattrs += T::record(fmt::format("SCHILY.xattr.user.{}", i), "v");
  const auto pax = [](std::string_view records) { return T().pax_raw(records).file("f").done(); };
  struct Case {
    const char* name;
    std::string tar;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"no tar", std::string(600, 'x'), "checksum"},
      {"short", "abc", "unexpected end"},
      {"checksum", T().add({.name = "a", .checksum = "0000000"}).done(), "checksum"},
      {"truncated header", T().file("a").bytes() + std::string(100, 'x'), "unexpected end"},
      {"truncated data", T().add({.name = "a", .size = "00000010000"}).bytes() + "abc",
       "unexpected end"},
      {"zero block inside", T().file("a").bytes() + std::string(512, '\0') + T().file("b").done(),
       "zero block"},
      {"size is text", T().add({.name = "a", .size = "zzz"}).done(), "not a number"},
      {"size is huge", T().add({.name = "a", .size = base256_huge}).done(), "out of range"},
      {"size is negative", T().add({.name = "a", .size = base256_minus}).done(), "negative"},
      {"uid 2^63",
       T().add({.name = "a", .uid = std::string("\x80\0\0\0\xff\xff\xff\xff", 8)}).done(),
       "out of range"},
      {"no name", T().add({.name = ""}).done(), "no name"},
      {"volume header", T().add({.name = "a", .type = 'V'}).done(), "unhandled entry type"},
      {"multi-volume", T().add({.name = "a", .type = 'M'}).done(), "unhandled entry type"},
      {"unknown type", T().add({.name = "a", .type = '\x7f'}).done(), "unhandled entry type"},
      {"device number", T().add({.name = "a", .type = '3', .major = "7777777"}).done(),
       "out of range"},
      {"pax path with NUL", pax(T::record("path", std::string_view("a\0b", 3))), "NUL"},
      {"pax record length lies", pax("99 path=a\n"), "length is wrong"},
      {"pax record without length", pax("path=a\n"), "length"},
      {"pax record too short", pax("3 a\n"), "length is wrong"},
      {"pax record without newline", pax("9 path=ab"), "KEY=VALUE"},
      {"pax mtime", pax(T::record("mtime", "x")), "not a number"},
      {"pax mtime of many digits", pax(T::record("mtime", std::string(100'000, '9'))),
       "out of range"},
      {"pax size", pax(T::record("size", "-1")), "not a number"},
      {"pax size 2^63-1", pax(T::record("size", "9223372036854775807")), "out of range"},
      {"pax uid -1", pax(T::record("uid", "4294967295")), "out of range"},
      {"pax comment of 2 MiB", pax(T::record("comment", std::string(2U << 20U, 'c'))),
       "larger than"},
      {"pax name too long", pax(T::record("path", std::string(5000, 'p'))), "longer than"},
      {"GNU long name of 1 GiB", T().add({.name = "L", .type = 'L', .size = "10000000000"}).bytes(),
       "larger than"},
      {"xattr of 100 KiB", pax(T::record("SCHILY.xattr.user.a", std::string(100'000, 'v'))),
       "larger than"},
      {"300 xattrs", pax(many_xattrs), "more than"},
      {"sparse: too many regions",
       pax(T::record("GNU.sparse.size", "10") + T::record("GNU.sparse.map", many_regions)),
       "more than"},
      {"sparse: overlap",
       pax(T::record("GNU.sparse.size", "10") + T::record("GNU.sparse.map", "0,2,1,1")), "overlap"},
      {"sparse: beyond the size",
       pax(T::record("GNU.sparse.size", "10") + T::record("GNU.sparse.map", "9,2")), "outside"},
      {"sparse: sum overflows",
       pax(T::record("GNU.sparse.size", "10") +
           T::record("GNU.sparse.map", "1,9223372036854775807")),
       "outside"},
      {"sparse: data missing",
       pax(T::record("GNU.sparse.size", "10") + T::record("GNU.sparse.map", "0,9")), "other data"},
      {"sparse: no size", pax(T::record("GNU.sparse.map", "0,1")), "no size"},
      {"sparse: cut off",
       pax(T::record("GNU.sparse.size", "10") + T::record("GNU.sparse.map", "0")), "cut off"},
      {"sparse 1.0: no map",
       pax(T::record("GNU.sparse.major", "1") + T::record("GNU.sparse.realsize", "9")), "cut off"},
      {"sparse 9", pax(T::record("GNU.sparse.major", "9")), "unknown"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_THAT(refusal(test.tar), HasSubstr(test.message));
  }
}

TEST(TarReaderTest, ReadTextHasALimit) {
  TextSource source(TarBuilder().file("manifest.json", "12345").done());
  TarReader reader(source);
  reader.next();
  EXPECT_THROW(reader.read_text(4), Error);
}

}  // namespace
}  // namespace mydock::archive
