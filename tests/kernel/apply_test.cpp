#include "archive/apply.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "archive/diff.h"
#include "archive/whiteout.h"
#include "base/error.h"
#include "tests/support/canary_tree.h"
#include "tests/support/hostile_tars.h"

// What unpacking does with root's rights: owners, devices, overlayfs's marks.
namespace mydock::archive {
namespace {

using test::CanaryTree;
using test::TarBuilder;

class ApplyAsRootTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  }
  static ApplyStats unpack(const fs::path& target, std::string tar,
                           std::span<const Fd> lowers = {}) {
    TextSource source(std::move(tar));
    ApplyOptions options;
    options.lowers = lowers;
    return apply_layer(source, open_file(target, O_RDONLY | O_DIRECTORY), options);
  }
  static bool is_refused(const fs::path& target, const std::string& tar) {
    try {
      unpack(target, tar);
    } catch (const Error&) {
      return true;
    }
    return false;
  }
  static struct stat status_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
  }
  static bool opaque(const fs::path& path) {
    return is_opaque(open_file(path, O_RDONLY | O_DIRECTORY));
  }
};

// An overlay of two layers, unmounted at the end.
class Overlay {
 public:
  Overlay(const fs::path& lower, const fs::path& upper, const fs::path& top) : at_(top / "merged") {
    fs::create_directories(at_);
    fs::create_directories(top / "work");
    const std::string options = fmt::format("lowerdir={},upperdir={},workdir={}", lower.native(),
                                            upper.native(), (top / "work").native());
    check(::mount("overlay", at_.c_str(), "overlay", 0, options.c_str()), "mount {}", options);
  }
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;
  ~Overlay() { ::umount2(at_.c_str(), MNT_DETACH); }
  const fs::path& path() const { return at_; }

 private:
  fs::path at_;
};

TEST_F(ApplyAsRootTest, HostileLayersChangeNothingOutside) {
  const std::size_t plain = test::hostile_tars("/").size();
  const std::size_t count = plain + test::hostile_whiteouts("/").size();
  for (std::size_t i = 0; i < count; ++i) {
    const CanaryTree tree;
    const test::HostileTar hostile = i < plain ? test::hostile_tars(tree.top()).at(i)
                                               : test::hostile_whiteouts(tree.top()).at(i - plain);
    SCOPED_TRACE(hostile.name);
    const bool refused = is_refused(tree.target(), hostile.tar);
    EXPECT_EQ(refused, hostile.refused.value_or(refused));
    EXPECT_TRUE(tree.is_untouched());
  }
}

TEST_F(ApplyAsRootTest, OwnersModesAndDevicesAreAsTheArchiveSays) {
  const CanaryTree tree;
  using T = TarBuilder;
  const std::string capability("\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
  unpack(tree.target(),
         T().add({.name = "d", .type = '5', .mode = "0001777", .uid = "0000012", .gid = "0000013"})
             .add({.name = "su", .mode = "0006755", .uid = "0001750"}, "x")
             .pax("SCHILY.xattr.security.capability", capability)
             .file("ping")
             .add({.name = "null", .type = '3', .mode = "0000666", .major = "1", .minor = "3"})
             .add({.name = "disk", .type = '4', .mode = "0000600", .major = "10", .minor = "1"})
             .add({.name = "l", .type = '2', .link_name = "x", .uid = "0000012"})
             .done());
  EXPECT_EQ(status_of(tree.target() / "d").st_mode, S_IFDIR | 01777U);
  EXPECT_EQ(status_of(tree.target() / "d").st_uid, 10U);
  EXPECT_EQ(status_of(tree.target() / "d").st_gid, 11U);
  EXPECT_EQ(status_of(tree.target() / "su").st_mode, S_IFREG | 06755U);
  EXPECT_EQ(status_of(tree.target() / "su").st_uid, 1000U);
  EXPECT_EQ(status_of(tree.target() / "null").st_rdev, makedev(1, 3));
  EXPECT_EQ(status_of(tree.target() / "disk").st_rdev, makedev(8, 1));
  EXPECT_EQ(status_of(tree.target() / "l").st_uid, 10U);
  std::array<char, 64> value{};
  EXPECT_EQ(::getxattr((tree.target() / "ping").c_str(), "security.capability", value.data(),
                       value.size()),
            20);
}

TEST_F(ApplyAsRootTest, WhatReplacesALowerDirectoryIsOpaque) {
  const CanaryTree tree;
  unpack(tree.target(), TarBuilder()
                            .file("opq/.wh..wh..opq", "")
                            .file(".wh.again", "")
                            .directory("again")
                            .directory("before")
                            .file(".wh.before", "")
                            .file("file")
                            .directory("file")
                            .file("implicit")
                            .file("implicit/member")
                            .directory("plain")
                            .done());
  for (const char* path : {"opq", "again", "before", "file", "implicit"}) {
    EXPECT_TRUE(opaque(tree.target() / path)) << path;
  }
  EXPECT_FALSE(opaque(tree.target() / "plain"));
}

TEST_F(ApplyAsRootTest, OverlaysOwnXattrsCannotBeSmuggledIn) {
  const CanaryTree tree;
  using T = TarBuilder;
  unpack(tree.target(), T().pax_raw(T::record("SCHILY.xattr.trusted.overlay.opaque", "y") +
                                    T::record("SCHILY.xattr.trusted.overlay.redirect", "/etc"))
                            .directory("d")
                            .done());
  std::array<char, 64> names{};
  EXPECT_EQ(::listxattr((tree.target() / "d").c_str(), names.data(), names.size()), 0);
}

TEST_F(ApplyAsRootTest, MissingParentsLookAsInTheLayersBelow) {
  const CanaryTree lower;
  unpack(
      lower.target(),
      TarBuilder().add({.name = "tmp", .type = '5', .mode = "0001777", .gid = "0000012"}).done());
  const CanaryTree tree;
  std::vector<Fd> lowers;
  lowers.push_back(lower.open());
  unpack(tree.target(), TarBuilder().file("tmp/new/file").done(), lowers);
  EXPECT_EQ(status_of(tree.target() / "tmp").st_mode, S_IFDIR | 01777U);
  EXPECT_EQ(status_of(tree.target() / "tmp").st_gid, 10U);
  EXPECT_EQ(status_of(tree.target() / "tmp/new").st_mode, S_IFDIR | 0755U);
}

TEST_F(ApplyAsRootTest, ALayerDiffAppliedAgainGivesTheSameTree) {
  const CanaryTree base;
  unpack(
      base.target(),
      TarBuilder().file("gone").file("dir/gone").file("replaced/old").file("kept/a", "1").done());
  const CanaryTree first;
  std::string merged_before;
  std::string layer;
  {
    const Overlay overlay(base.target(), first.target(), first.top());
    fs::remove(overlay.path() / "gone");
    fs::remove_all(overlay.path() / "dir");
    fs::remove_all(overlay.path() / "replaced");
    fs::create_directory(overlay.path() / "replaced");
    std::ofstream(overlay.path() / "replaced/new") << "new";
    std::ofstream(overlay.path() / "kept/b") << "2";
    fs::create_hard_link(overlay.path() / "kept/b", overlay.path() / "kept/c");
    TextSink tree;
    write_tree(open_file(overlay.path(), O_RDONLY | O_DIRECTORY), tree);
    merged_before = tree.take();
    TextSink sink;
    write_layer_diff(first.open(), sink);
    layer = sink.take();
  }
  const CanaryTree second;
  unpack(second.target(), layer);
  const Overlay overlay(base.target(), second.target(), second.top());
  TextSink tree;
  write_tree(open_file(overlay.path(), O_RDONLY | O_DIRECTORY), tree);
  EXPECT_EQ(tree.text(), merged_before);
  EXPECT_FALSE(fs::exists(overlay.path() / "replaced/old"));
  EXPECT_FALSE(fs::exists(overlay.path() / "dir"));
}

}  // namespace
}  // namespace mydock::archive
