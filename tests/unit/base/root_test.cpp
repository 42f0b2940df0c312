#include "base/root.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "base/error.h"
#include "base/file.h"

namespace mydock {
namespace {

// <top>/tree is the root; <top>/canary lies outside.
class RootTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "root-XXXXXX";
    top_ = ::mkdtemp(name.data());
    fs::create_directories(tree() / "usr/bin");
    std::ofstream(tree() / "usr/bin/sh") << "sh";
    std::ofstream(top_ / "canary") << "alive";
  }
  void TearDown() override { remove_tree(top_); }

  fs::path tree() const { return top_ / "tree"; }
  Root root() const { return Root::open(tree()); }
  void link(const std::string& target, const std::string& at) const {
    fs::create_symlink(target, tree() / at);
  }
  static int errno_of(const std::function<void()>& act) {
    try {
      act();
    } catch (const Error& error) {
      return error.kind() == Kind::system ? error.error_number() : -1;
    }
    return 0;
  }

  fs::path top_;
};

TEST_F(RootTest, EmptyAndSlashAreTheTop) {
  const Root box = root();
  for (const char* path : {"", "/", ".", "/.", "//", "usr/../.."}) {
    SCOPED_TRACE(path);
    struct stat status {};
    ASSERT_EQ(::fstat(box.open(path, O_PATH).get(), &status), 0);
    EXPECT_EQ(status.st_ino, box.find("/")->st_ino);
  }
}

TEST_F(RootTest, LinksAreResolvedInsideTheTree) {
  link("/usr/bin", "bin");
  link("../../../../usr/bin/sh", "climbs");
  link("../canary", "out");
  link(top_ / "canary", "absolute");
  const Root box = root();
  EXPECT_EQ(read_to_end(box.open("bin/sh", O_RDONLY), 10), "sh");
  EXPECT_EQ(read_to_end(box.open("climbs", O_RDONLY), 10), "sh");
  for (const char* path : {"out", "absolute", "../canary", "/../canary", "usr/../../canary"}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(errno_of([&] { box.open(path, O_RDONLY); }), ENOENT);
  }
}

TEST_F(RootTest, MagicLinksAreRefused) {
  const Root proc = Root::open("/proc");
  EXPECT_EQ(errno_of([&] { proc.open("self/root/etc/passwd", O_RDONLY); }), ELOOP);
}

TEST_F(RootTest, LocateDoesNotFollowTheLastComponent) {
  link("/usr/bin/sh", "sh");
  const Root::Place place = root().locate("/usr/../sh/");
  EXPECT_EQ(place.name, "sh");
  struct stat status {};
  ASSERT_EQ(::fstatat(place.parent.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  EXPECT_EQ(root().locate("/").name, ".");
  EXPECT_EQ(errno_of([&] { root().locate("a/.."); }), -1);
  EXPECT_EQ(errno_of([&] { root().locate(std::string_view("a\0b", 3)); }), -1);
}

TEST_F(RootTest, FindTellsAbsenceAsNoValue) {
  link("/nowhere", "dangling");
  const Root box = root();
  EXPECT_TRUE(S_ISLNK(box.find("dangling")->st_mode));
  EXPECT_FALSE(box.find("nowhere"));
  EXPECT_FALSE(box.find("usr/bin/sh/x"));
  EXPECT_EQ(box.read_link("dangling"), "/nowhere");
}

TEST_F(RootTest, RealPathHasNoLinks) {
  link("/usr/bin", "bin");
  link("sh", "usr/bin/dash");
  link("loop", "loop");
  const Root box = root();
  EXPECT_EQ(box.real_path("bin/dash"), "/usr/bin/sh");
  EXPECT_EQ(box.real_path("bin/../../.."), "/");
  EXPECT_EQ(box.real_path(""), "/");
  EXPECT_EQ(errno_of([&] { box.real_path("loop"); }), ELOOP);
  EXPECT_EQ(errno_of([&] { box.real_path("bin/sh/x"); }), ENOTDIR);
  EXPECT_EQ(errno_of([&] { box.real_path("nowhere"); }), ENOENT);
}

TEST_F(RootTest, MakeDirectoriesStaysInside) {
  link("..", "up");
  link("/usr", "inside");
  const Root box = root();
  box.make_directories("up/up/made", 0750);
  box.make_directories("inside/share/doc");
  box.make_directories("usr/../../other", 0777);
  EXPECT_FALSE(fs::exists(top_ / "made"));
  EXPECT_EQ(box.find("made")->st_mode & 07777, 0750u);
  EXPECT_EQ(box.find("other")->st_mode & 07777, 0777u);  // whatever the umask
  EXPECT_TRUE(fs::is_directory(tree() / "usr/share/doc"));
  EXPECT_EQ(errno_of([&] { box.make_directories("usr/bin/sh/x"); }), ENOTDIR);
  link("../gone", "dangling");
  EXPECT_EQ(errno_of([&] { box.make_directories("dangling"); }), ENOENT);
}

TEST_F(RootTest, CreateFileNeverOpensWhatIsThere) {
  link("../canary", "out");
  const Root box = root();
  EXPECT_EQ(errno_of([&] { box.create_file("out", 0644); }), EEXIST);
  EXPECT_EQ(errno_of([&] { box.create_file("usr/bin/sh", 0644); }), EEXIST);
  write_all(box.create_file("usr/new", 0600), "x");
  EXPECT_EQ(read_file(tree() / "usr/new"), "x");
  EXPECT_EQ(read_file(top_ / "canary"), "alive");
}

}  // namespace
}  // namespace mydock
