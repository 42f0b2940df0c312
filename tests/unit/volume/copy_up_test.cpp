#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <fstream>

#include "base/file.h"
#include "base/id.h"
#include "volume/volumes.h"

namespace mydock::volume {
namespace {

struct CopyUpTest : ::testing::Test {
  void SetUp() override {
    make_directories(image, 0755);
    make_directories(volume, 0755);
  }
  void TearDown() override { remove_tree(directory); }
  bool copy(const std::string& path) { return copy_up(Root::open(image), path, volume); }
  static struct stat status(const fs::path& path) {
    struct stat result {};
    EXPECT_EQ(::lstat(path.c_str(), &result), 0) << path;
    return result;
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

  fs::path directory = fs::temp_directory_path() / ("mydock-t-copy-" + random_hex(8));
  fs::path image = directory / "image";
  fs::path volume = directory / "volume";
};

TEST_F(CopyUpTest, TreeArrivesWithModesTimesLinksAndXattrs) {
  make_directories(image / "data/sub", 0750);
  write(image / "data/sub/file", "hello");
  ::chmod((image / "data/sub/file").c_str(), 04711);
  const bool has_xattrs =
      ::setxattr((image / "data/sub/file").c_str(), "user.color", "red", 3, 0) == 0;
  const std::array<timespec, 2> old{{{1000, 5}, {2000, 7}}};
  ::utimensat(AT_FDCWD, (image / "data/sub/file").c_str(), old.data(), 0);
  fs::create_symlink("/etc/passwd", image / "data/link");
  fs::create_hard_link(image / "data/sub/file", image / "data/twin");
  ::mkfifo((image / "data/fifo").c_str(), 0640);
  ::utimensat(AT_FDCWD, (image / "data/sub").c_str(), old.data(), 0);
  ::chmod((image / "data").c_str(), 01777);

  ASSERT_TRUE(copy("/data"));
  EXPECT_EQ(read_file(volume / "sub/file"), "hello");
  EXPECT_EQ(status(volume / "sub/file").st_mode, status(image / "data/sub/file").st_mode);
  EXPECT_EQ(status(volume / "sub/file").st_mtim.tv_nsec, 7);
  EXPECT_EQ(status(volume / "sub").st_mtim.tv_sec, 2000);
  EXPECT_EQ(fs::read_symlink(volume / "link"), "/etc/passwd");
  EXPECT_EQ(status(volume / "twin").st_ino, status(volume / "sub/file").st_ino);
  EXPECT_TRUE(S_ISFIFO(status(volume / "fifo").st_mode));
  EXPECT_EQ(status(volume).st_mode & 07777, 01777U);
  if (has_xattrs) {
    std::array<char, 8> value{};
    EXPECT_EQ(::getxattr((volume / "sub/file").c_str(), "user.color", value.data(), 8), 3);
  }
}

TEST_F(CopyUpTest, VolumeThatHoldsAnythingIsLeftAlone) {
  make_directories(image / "data", 0755);
  write(image / "data/new", "x");
  write(volume / "old", "x");
  EXPECT_FALSE(copy("/data"));
  EXPECT_FALSE(fs::exists(volume / "new"));
}

TEST_F(CopyUpTest, ImageWithoutADirectoryThereGivesNothing) {
  write(image / "file", "x");
  fs::create_symlink("nowhere", image / "dangling");
  fs::create_symlink("loop", image / "loop");
  for (const std::string path : {"/none", "/none/deeper", "/file", "/dangling", "/loop"}) {
    EXPECT_FALSE(copy(path)) << path;
  }
}

TEST_F(CopyUpTest, LinksOnTheWayStayInsideTheImage) {
  make_directories(image / "real", 0755);
  write(image / "real/file", "inside");
  fs::create_symlink("/../../real", image / "absolute");
  fs::create_symlink("absolute", image / "twice");
  ASSERT_TRUE(copy("/twice"));
  EXPECT_EQ(read_file(volume / "file"), "inside");
}

TEST_F(CopyUpTest, EmptyDirectoryStillGivesItsMode) {
  make_directories(image / "data", 0700);
  ASSERT_TRUE(copy("/data"));
  EXPECT_EQ(status(volume).st_mode & 07777, 0700U);
}

}  // namespace
}  // namespace mydock::volume
