#include "engine/files/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/canary_tree.h"

namespace mydock::engine {
namespace {

using test::CanaryTree;
using testing::ElementsAre;
using testing::IsEmpty;

class ChangesTest : public testing::Test {
 protected:
  ChangesTest() {
    fs::create_directories(lower());
    fs::create_directories(upper());
  }
  fs::path lower() const { return tree_.target() / "lower"; }
  fs::path upper() const { return tree_.target() / "upper"; }
  static void put(const fs::path& path, const std::string& text = "x") {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  void copy_up(const std::string& path) const {
    fs::create_directories((upper() / path).parent_path());
    fs::copy_file(lower() / path, upper() / path);
    fs::last_write_time(upper() / path, fs::last_write_time(lower() / path));
  }
  void hide(const std::string& path) const {
    ASSERT_EQ(::mknod((upper() / path).c_str(), S_IFCHR, 0), 0);
  }
  std::vector<std::string> changes() const {
    std::vector<std::string> lines;
    for (const api::FileChange& change :
         find_changes({.lower = {lower()}, .upper = upper(), .work = {}})) {
      lines.push_back(std::string(1, "CAD"[change.kind]) + change.path);
    }
    return lines;
  }
  CanaryTree tree_;
};

TEST_F(ChangesTest, AddedModifiedAndDeletedInTheOrderOfAWalk) {
  put(lower() / "etc/passwd", "old");
  put(lower() / "etc/group");
  put(upper() / "etc/passwd", "changed");
  put(upper() / "new/dir/file");
  hide("etc/group");
  EXPECT_THAT(changes(), ElementsAre("C/etc", "D/etc/group", "C/etc/passwd", "A/new", "A/new/dir",
                                     "A/new/dir/file"));
}

TEST_F(ChangesTest, WhatWasOnlyCopiedUpIsNoChange) {
  put(lower() / "d/file");
  copy_up("d/file");
  EXPECT_THAT(changes(), IsEmpty());
}

TEST_F(ChangesTest, AModeIsAChange) {
  put(lower() / "d/file");
  copy_up("d/file");
  fs::permissions(upper() / "d/file", fs::perms::owner_all);
  EXPECT_THAT(changes(), ElementsAre("C/d", "C/d/file"));
}

TEST_F(ChangesTest, WhatEveryContainerGetsIsNoChange) {
  put(lower() / "etc/passwd");
  put(upper() / "etc/hosts", "");
  put(upper() / ".dockerenv", "");
  fs::create_directories(upper() / "proc");
  fs::create_directories(upper() / "dev/pts");
  EXPECT_THAT(changes(), IsEmpty());
  put(upper() / "etc/hosts", "127.0.0.1 mine");
  EXPECT_THAT(changes(), ElementsAre("C/etc", "A/etc/hosts"));
}

TEST_F(ChangesTest, AFileInADirectorysPlaceIsOneChange) {
  put(lower() / "d/a");
  put(upper() / "d");
  EXPECT_THAT(changes(), ElementsAre("C/d"));
}

}  // namespace
}  // namespace mydock::engine
