#include "archive/apply.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/xattr.h>

#include "base/error.h"
#include "tests/support/canary_tree.h"
#include "tests/support/hostile_tars.h"

namespace mydock::archive {
namespace {

using test::CanaryTree;
using test::TarBuilder;

ApplyStats unpack(const CanaryTree& tree, std::string tar,
                  WhiteoutMode mode = WhiteoutMode::remove) {
  TextSource source(std::move(tar));
  ApplyOptions options;
  options.whiteouts = mode;
  options.set_owner = false;  // needs root: see tests/kernel/apply_test.cpp
  return apply_layer(source, tree.open(), options);
}
bool is_refused(const CanaryTree& tree, const std::string& tar, WhiteoutMode mode) {
  try {
    unpack(tree, tar, mode);
  } catch (const Error&) {
    return true;
  }
  return false;
}
struct stat status_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status;
}

TEST(ApplyTest, HostileArchivesChangeNothingOutside) {
  for (const WhiteoutMode mode : {WhiteoutMode::remove, WhiteoutMode::literal}) {
    const std::size_t count = test::hostile_tars("/").size();
    for (std::size_t i = 0; i < count; ++i) {
      const CanaryTree tree;
      const test::HostileTar hostile = test::hostile_tars(tree.top()).at(i);
      SCOPED_TRACE(hostile.name);
      const bool refused = is_refused(tree, hostile.tar, mode);
      EXPECT_EQ(refused, hostile.refused.value_or(refused));
      EXPECT_TRUE(tree.is_untouched());
    }
  }
}

TEST(ApplyTest, HostileWhiteoutsRemoveNothingOutside) {
  const std::size_t count = test::hostile_whiteouts("/").size();
  for (std::size_t i = 0; i < count; ++i) {
    const CanaryTree tree;
    const test::HostileTar hostile = test::hostile_whiteouts(tree.top()).at(i);
    SCOPED_TRACE(hostile.name);
    const bool refused = is_refused(tree, hostile.tar, WhiteoutMode::remove);
    EXPECT_EQ(refused, hostile.refused.value_or(refused));
    EXPECT_TRUE(tree.is_untouched());
  }
}

TEST(ApplyTest, EveryKindOfEntryAppears) {
  const CanaryTree tree;
  const ApplyStats stats = unpack(tree, TarBuilder()
                                            .directory("./")
                                            .add({.name = "bin/", .type = '5', .mode = "0000555"})
                                            .add({.name = "bin/su", .mode = "0004755"}, "program")
                                            .symlink("su", "bin/su")
                                            .hard_link("bin/sudo", "./bin/su")
                                            .add({.name = "pipe", .type = '6', .mode = "0000622"})
                                            .file("no/parent/entry", "1")
                                            .done());
  const fs::path top = tree.target();
  EXPECT_EQ(stats.entries, 7U);
  EXPECT_EQ(stats.bytes, 8U);
  EXPECT_EQ(read_file(top / "bin/su"), "program");
  EXPECT_EQ(status_of(top / "bin/su").st_mode, S_IFREG | 04755U);
  EXPECT_EQ(status_of(top / "bin").st_mode, S_IFDIR | 0555U);
  EXPECT_EQ(fs::read_symlink(top / "su"), "bin/su");
  EXPECT_EQ(status_of(top / "bin/sudo").st_ino, status_of(top / "bin/su").st_ino);
  EXPECT_EQ(status_of(top / "pipe").st_mode, S_IFIFO | 0622U);
  EXPECT_EQ(status_of(top / "no/parent").st_mode, S_IFDIR | 0755U);
}

TEST(ApplyTest, TimesAreRestoredForDirectoriesToo) {
  const CanaryTree tree;
  unpack(tree, TarBuilder()
                   .add({.name = "d/", .type = '5', .mode = "0000755", .mtime = "00000000144"})
                   .pax("mtime", "200.25")
                   .file("d/f")
                   .add({.name = "d/l", .type = '2', .link_name = "f", .mtime = "00000000310"})
                   .file("d/late")
                   .done());
  EXPECT_EQ(status_of(tree.target() / "d").st_mtim.tv_sec, 100);
  EXPECT_EQ(status_of(tree.target() / "d/f").st_mtim.tv_sec, 200);
  EXPECT_EQ(status_of(tree.target() / "d/f").st_mtim.tv_nsec, 250'000'000);
  EXPECT_EQ(status_of(tree.target() / "d/l").st_mtim.tv_sec, 200);
}

TEST(ApplyTest, ImpossibleTimesBecome1970) {
  const CanaryTree tree;
  unpack(tree, TarBuilder().add({.name = "f", .mtime = std::string(12, '\xff')}).done());
  EXPECT_EQ(status_of(tree.target() / "f").st_mtim.tv_sec, 0);
}

TEST(ApplyTest, LaterEntriesReplaceEarlierOnes) {
  struct Case {
    const char* name;
    std::string tar;
    mode_t kind;
  };
  const std::vector<Case> cases = {
      {"file over file", TarBuilder().file("a", "old").file("a", "new").done(), S_IFREG},
      {"file over directory", TarBuilder().file("a/b/c").file("a").done(), S_IFREG},
      {"directory over file", TarBuilder().file("a").directory("a").done(), S_IFDIR},
      {"directory over link", TarBuilder().directory("b").symlink("a", "b").directory("a").done(),
       S_IFDIR},
      {"link over directory", TarBuilder().file("a/b").symlink("a", "x").done(), S_IFLNK},
      {"member makes a file a directory", TarBuilder().file("a").file("a/b").done(), S_IFDIR},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    const CanaryTree tree;
    unpack(tree, test.tar);
    EXPECT_EQ(status_of(tree.target() / "a").st_mode & S_IFMT, test.kind);
  }
}

TEST(ApplyTest, DirectoriesMerge) {
  const CanaryTree tree;
  unpack(tree, TarBuilder().file("d/kept").done());
  unpack(tree,
         TarBuilder().add({.name = "d", .type = '5', .mode = "0000700"}).file("d/new").done());
  EXPECT_TRUE(fs::exists(tree.target() / "d/kept"));
  EXPECT_TRUE(fs::exists(tree.target() / "d/new"));
  EXPECT_EQ(status_of(tree.target() / "d").st_mode & 07777U, 0700U);
}

TEST(ApplyTest, WhiteoutsRemoveWhatWasThereBefore) {
  const CanaryTree tree;
  unpack(tree, TarBuilder()
                   .file("gone")
                   .file("dir/gone")
                   .file("opaque/a")
                   .file("opaque/b/c")
                   .file("kept")
                   .done());
  unpack(tree, TarBuilder()
                   .file(".wh.gone", "")
                   .file("new", "")
                   .file(".wh.new", "")  // speaks of lower layers only
                   .file(".wh.dir", "")
                   .file("opaque/b/new")
                   .file("opaque/.wh..wh..opq", "")
                   .file(".wh.never-was", "")
                   .done());
  const fs::path top = tree.target();
  for (const char* path : {"gone", "dir", "opaque/a", "opaque/b/c", ".wh.gone"}) {
    EXPECT_FALSE(fs::exists(top / path)) << path;
  }
  for (const char* path : {"new", "kept", "opaque/b/new"})
    EXPECT_TRUE(fs::exists(top / path)) << path;
}

TEST(ApplyTest, OverlayWhiteoutsAreDevices) {
  const CanaryTree tree;
  unpack(tree, TarBuilder().file("d/.wh.gone", "").file("new").file(".wh.new", "").done(),
         WhiteoutMode::overlay);
  const struct stat whiteout = status_of(tree.target() / "d/gone");
  EXPECT_TRUE(S_ISCHR(whiteout.st_mode));
  EXPECT_EQ(whiteout.st_rdev, 0U);
  EXPECT_TRUE(S_ISREG(status_of(tree.target() / "new").st_mode));
}

TEST(ApplyTest, LiteralModeKnowsNoWhiteouts) {
  const CanaryTree tree;
  unpack(tree, TarBuilder().file("gone").done());
  unpack(tree, TarBuilder().file(".wh.gone").file(".wh.").done(), WhiteoutMode::literal);
  EXPECT_TRUE(fs::exists(tree.target() / "gone"));
  EXPECT_TRUE(fs::exists(tree.target() / ".wh.gone"));
}

TEST(ApplyTest, KeepKindsRefusesToReplaceADirectory) {
  const CanaryTree tree;
  unpack(tree, TarBuilder().directory("d").file("f").done());
  ApplyOptions options;
  options.set_owner = false;
  options.keep_kinds = true;
  options.whiteouts = WhiteoutMode::literal;
  for (const std::string& tar :
       {TarBuilder().file("d").done(), TarBuilder().directory("f").done()}) {
    TextSource source(tar);
    EXPECT_THROW(apply_layer(source, tree.open(), options), Error);
  }
}

TEST(ApplyTest, SparseFilesStaySparse) {
  const CanaryTree tree;
  using T = TarBuilder;
  unpack(tree, T().pax_raw(T::record("GNU.sparse.size", "104857600") +
                           T::record("GNU.sparse.map", "52428800,4"))
                   .file("s", "data")
                   .done());
  const struct stat status = status_of(tree.target() / "s");
  EXPECT_EQ(status.st_size, 104857600);
  EXPECT_LT(status.st_blocks, 1024);
}

TEST(ApplyTest, UserXattrsAreKeptAndOverlaysAreNot) {
  const CanaryTree tree;
  using T = TarBuilder;
  const ApplyStats stats =
      unpack(tree, T().pax_raw(T::record("SCHILY.xattr.user.kept", "1") +
                               T::record("SCHILY.xattr.user.overlay.opaque", "y"))
                       .file("f")
                       .done());
  std::array<char, 8> value{};
  const fs::path file = tree.target() / "f";
  if (stats.skipped == 0) {  // the file system has xattrs
    EXPECT_EQ(::getxattr(file.c_str(), "user.kept", value.data(), value.size()), 1);
  }
  EXPECT_LT(::getxattr(file.c_str(), "user.overlay.opaque", value.data(), value.size()), 0);
}

TEST(ApplyTest, TheSourceIsReadToItsEnd) {
  const CanaryTree tree;
  TextSource source(TarBuilder().file("f").done() + std::string(100'000, '\0'));
  ApplyOptions options;
  options.set_owner = false;
  apply_layer(source, tree.open(), options);
  std::byte left{};
  EXPECT_EQ(source.read(Bytes(&left, 1)), 0U);
}

TEST(ApplyTest, BoundsAndStopsHold) {
  const CanaryTree tree;
  const std::string tar = TarBuilder().file("f", std::string(1000, 'x')).done();
  ApplyOptions options;
  options.set_owner = false;
  options.most_bytes = 999;
  TextSource first(tar);
  EXPECT_THROW(apply_layer(first, tree.open(), options), Error);
  std::stop_source stop;
  stop.request_stop();
  options = {.lowers = {}, .stop = stop.get_token()};
  TextSource second(tar);
  try {
    apply_layer(second, tree.open(), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::cancelled);
  }
}

TEST(ApplyTest, LinksThatLeadNowhereAreTheArchivesFault) {
  const std::string cases[] = {
      TarBuilder().symlink("a", "b/c").file("a/n").done(),
      TarBuilder().symlink("a", "b").symlink("b", "a").file("a/n").done(),
      TarBuilder().hard_link("h", "h").done(),
      TarBuilder().file("f").hard_link("h", "f/below").done(),
  };
  for (const std::string& tar : cases) {
    const CanaryTree tree;
    TextSource source(tar);
    ApplyOptions options;
    options.set_owner = false;
    try {
      apply_layer(source, tree.open(), options);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::invalid) << error.what();
    }
  }
}

// docker cp: links on the way lead where they lead for a process of the container.
TEST(ApplyTest, ACopyBeginsBelowItsPrefix) {
  const CanaryTree tree;
  fs::create_directories(tree.target() / "w");
  fs::create_directories(tree.target() / "etc");
  fs::create_symlink("/etc", tree.target() / "w/link");
  TextSource source(
      TarBuilder().file("f").file("link/inside").hard_link("h", "f").directory("old/").done());
  ApplyOptions options;
  options.whiteouts = WhiteoutMode::literal;
  options.set_owner = false;
  options.prefix = "w";
  options.rename = [](std::string_view name) {
    return name == "old/" ? std::string("new/") : std::string(name);
  };
  apply_layer(source, tree.open(), options);
  EXPECT_TRUE(fs::is_regular_file(tree.target() / "w/f"));
  EXPECT_TRUE(fs::is_regular_file(tree.target() / "etc/inside"));
  EXPECT_TRUE(fs::is_directory(tree.target() / "w/new"));
  EXPECT_EQ(status_of(tree.target() / "w/h").st_ino, status_of(tree.target() / "w/f").st_ino);
  EXPECT_TRUE(tree.is_untouched());
}

TEST(ApplyTest, ACopyKeepsKindsInDockersWords) {
  const CanaryTree tree;
  fs::create_directories(tree.target() / "w/sub");
  TextSource source(TarBuilder().file("sub").done());
  ApplyOptions options;
  options.whiteouts = WhiteoutMode::literal;
  options.set_owner = false;
  options.keep_kinds = true;
  options.prefix = "w";
  try {
    apply_layer(source, tree.open(), options);
    ADD_FAILURE() << "replaced";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "cannot overwrite directory \"/w/sub\" with non-directory \"/w\"");
  }
}

TEST(ApplyTest, ErrorsNameTheEntry) {
  const CanaryTree tree;
  TextSource source(TarBuilder().hard_link("usr/bin/b", "usr/bin/a").done());
  try {
    ApplyOptions options;
    options.set_owner = false;
    apply_layer(source, tree.open(), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("usr/bin/b: hard link to usr/bin/a: "));
  }
}

}  // namespace
}  // namespace mydock::archive
