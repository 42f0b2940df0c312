#include "archive/diff.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "archive/tar_reader.h"
#include "archive/tar_writer.h"
#include "base/error.h"
#include "tests/support/canary_tree.h"

namespace mydock::archive {
namespace {

using test::CanaryTree;
using testing::ElementsAre;

std::vector<Entry> entries_of(const std::string& tar) {
  TextSource source(tar);
  TarReader reader(source);
  std::vector<Entry> result;
  while (const Entry* entry = reader.next()) result.push_back(*entry);
  return result;
}
std::vector<std::string> names_of(const std::string& tar) {
  std::vector<std::string> names;
  for (const Entry& entry : entries_of(tar)) names.push_back(entry.name);
  return names;
}
std::string tree_of(const CanaryTree& tree, const TreeOptions& options = {}) {
  TextSink sink;
  write_tree(tree.open(), sink, options);
  return sink.take();
}
void put(const CanaryTree& tree, const std::string& path, std::string_view text = "x") {
  fs::create_directories((tree.target() / path).parent_path());
  std::ofstream(tree.target() / path) << text;
}

TEST(TarWriterTest, WhatIsWrittenReadsTheSame) {
  Entry entry;
  entry.name = std::string(90, 'd') + "/" + std::string(90, 'f');  // fits by its prefix
  entry.mode = 04755;
  entry.uid = 1000;
  entry.mtime.tv_sec = 1'700'000'000;
  Entry large = entry;
  large.name = std::string(300, 'n');
  large.uid = 3'000'000'000;
  large.mtime.tv_sec = -5;
  large.xattrs = {{"user.a", std::string("\0\n=", 3)}};
  Entry link = entry;
  link.type = EntryType::symlink;
  link.link_name = "\xc3\xa9" + std::string(200, 't');
  Entry device = entry;
  device.type = EntryType::char_device;
  device.major = 5;
  device.minor = 1;
  TextSink sink;
  TarWriter writer(sink);
  for (const Entry& each : {entry, large, link, device}) writer.add(each);
  writer.finish();
  auto read = entries_of(sink.text());
  ASSERT_EQ(read.size(), 4U);
  EXPECT_EQ(read[0].name, entry.name);
  EXPECT_EQ(read[0].mode, 04755U);
  EXPECT_EQ(read[1].name, large.name);
  EXPECT_EQ(read[1].uid, large.uid);
  EXPECT_EQ(read[1].mtime.tv_sec, -5);
  EXPECT_EQ(read[1].xattrs, large.xattrs);
  EXPECT_EQ(read[2].link_name, link.link_name);
  EXPECT_EQ(read[3].major, 5U);
}

TEST(TarWriterTest, SizesOver8GiBTakeARecord) {
  Entry entry;
  entry.name = "big";
  entry.size = std::int64_t{9} << 30;
  TextSink sink;
  TarWriter(sink).add(entry);
  TextSource source(sink.take());
  EXPECT_EQ(TarReader(source).next()->size, entry.size);
}

TEST(TarWriterTest, MisuseIsRefused) {
  TextSink sink;
  TarWriter writer(sink);
  Entry entry;
  entry.name = "a";
  entry.size = 2;
  writer.add(entry);
  EXPECT_THROW(writer.finish(), Error);
  EXPECT_THROW(writer.write(as_bytes("123")), Error);
}

TEST(DiffTest, ATreeIsSortedAndParentsComeFirst) {
  const CanaryTree tree;
  put(tree, "b/2/deep");
  put(tree, "b/1");
  put(tree, "a");
  put(tree, "c/x");
  const auto names = names_of(tree_of(tree));
  EXPECT_THAT(names, ElementsAre("a", "b/", "c/", "b/1", "b/2/", "b/2/deep", "c/x"));
  EXPECT_EQ(tree_of(tree), tree_of(tree));
}

TEST(DiffTest, LinksAreNotFollowedAndHardLinksKept) {
  const CanaryTree tree;
  put(tree, "a", "content");
  fs::create_hard_link(tree.target() / "a", tree.target() / "b");
  fs::create_symlink(tree.top() / "canary_dir", tree.target() / "link");
  const auto entries = entries_of(tree_of(tree));
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].type, EntryType::hard_link);
  EXPECT_EQ(entries[1].link_name, "a");
  EXPECT_EQ(entries[2].type, EntryType::symlink);
  EXPECT_EQ(entries[2].link_name, tree.top() / "canary_dir");
}

TEST(DiffTest, SocketsAreLeftOutAndFifosNotOpened) {
  const CanaryTree tree;
  ASSERT_EQ(::mkfifo((tree.target() / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mknod((tree.target() / "socket").c_str(), S_IFSOCK | 0600, 0), 0);
  EXPECT_THAT(names_of(tree_of(tree)), ElementsAre("fifo"));
}

TEST(DiffTest, PrefixTopAndLeaveOut) {
  const CanaryTree tree;
  put(tree, "kept");
  put(tree, "proc/1/stat");
  const TreeOptions options{.prefix = "root",
                            .with_top = true,
                            .leave_out = [](std::string_view path) { return path == "proc/1"; },
                            .stop = {}};
  EXPECT_THAT(names_of(tree_of(tree, options)), ElementsAre("root/", "root/kept", "root/proc/"));
  EXPECT_THAT(names_of(tree_of(tree, {.prefix = {}, .with_top = true, .leave_out = {}, .stop = {}}))
                  .front(),
              "./");
}

TEST(DiffTest, OnePathIsNamedAsAsked) {
  const CanaryTree tree;
  put(tree, "etc/passwd", "root");
  fs::create_symlink("/etc", tree.target() / "link");
  const Root root = Root::open(tree.target());
  const auto names = [&](std::string_view path, std::string_view name) {
    TextSink sink;
    const NamedPath one{.path = std::string(path), .name = std::string(name)};
    write_paths(root, {&one, 1}, sink);
    return names_of(sink.take());
  };
  EXPECT_THAT(names("/etc/passwd", "passwd"), ElementsAre("passwd"));
  EXPECT_THAT(names("etc", "copy"), ElementsAre("copy/", "copy/passwd"));
  EXPECT_THAT(names("/link/passwd", "p"),
              ElementsAre("p"));  // links in the middle: inside the tree
  EXPECT_THAT(names("/link", "link"), ElementsAre("link"));
  EXPECT_THAT(names("/link/", "link"), ElementsAre("link/", "link/passwd"));
  EXPECT_THAT(names("/link/.", "."), ElementsAre("./", "./passwd"));
  EXPECT_THAT(names("/", "/"), ElementsAre("/", "/etc/", "/link", "/etc/passwd"));
  EXPECT_THROW(names("/nowhere", "x"), Error);
}

TEST(DiffTest, ADeepTreeNeedsNoDescriptors) {
  const CanaryTree tree;
  std::string path;
  for (int i = 0; i < 1100; ++i) path += "d/";
  Root::open(tree.target()).make_directories(path);
  EXPECT_EQ(names_of(tree_of(tree)).size(), 1100U);
}

TEST(DiffTest, WhiteoutsAreTranslated) {
  const CanaryTree tree;
  put(tree, "d/new");
  // Anybody may make this device: it is a whiteout to Linux.
  ASSERT_EQ(::mknod((tree.target() / "d/gone").c_str(), S_IFCHR, makedev(0, 0)), 0);
  TextSink sink;
  write_layer_diff(tree.open(), sink);
  const auto entries = entries_of(sink.text());
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].name, "d/.wh.gone");
  EXPECT_EQ(entries[1].type, EntryType::file);
  EXPECT_EQ(entries[1].size, 0);
  EXPECT_EQ(entries[2].name, "d/new");
}

}  // namespace
}  // namespace mydock::archive
