#include "base/tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

#include "base/file.h"

namespace mydock {
namespace {

class TreeTest : public ::testing::Test {
 protected:
  TreeTest() {
    std::string pattern = testing::TempDir() + "tree-XXXXXX";
    top_ = ::mkdtemp(pattern.data());
  }
  ~TreeTest() override { remove_tree(top_); }

  void file(const fs::path& path, std::string_view text) {
    fs::create_directories((top_ / path).parent_path());
    write_file_atomically(top_ / path, text, 0600, Durability::renamed);
  }
  std::size_t count() {
    std::size_t entries = 0;
    visit_tree(top_, [&](const struct stat&) { ++entries; });
    return entries;
  }
  fs::path top_;
};

TEST_F(TreeTest, EverythingBelowIsVisitedOnce) {
  std::size_t made = 0;
  for (int directory = 0; directory < 20; ++directory) {
    for (int name = 0; name < 200; ++name) {
      file(fmt::format("a/d{}/e/some-longer-name-{}", directory, name), "x");
    }
    made += 202;
  }
  std::multiset<ino_t> seen;
  visit_tree(top_, [&](const struct stat& status) { seen.insert(status.st_ino); });
  EXPECT_EQ(seen.size(), made + 1);
  EXPECT_EQ(std::set<ino_t>(seen.begin(), seen.end()).size(), made + 1);
}

TEST_F(TreeTest, DepthCostsNoDescriptors) {
  constexpr std::size_t kDepth = 5000;  // deeper than a path can name
  Fd at = open_file(top_, O_RDONLY | O_DIRECTORY);
  for (std::size_t i = 0; i < kDepth; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "d", 0700), 0);
    at = open_at(at, "d", O_RDONLY | O_DIRECTORY);
  }
  at.reset();
  file("beside", "x");
  EXPECT_EQ(count(), kDepth + 1);
}

TEST_F(TreeTest, LinksAreNotFollowed) {
  file("a/file", "x");
  fs::create_directory_symlink("/", top_ / "root");
  fs::create_directory_symlink("..", top_ / "a/up");
  EXPECT_EQ(count(), 4U);
}

TEST_F(TreeTest, WhatIsNotThereIsEmpty) {
  std::size_t entries = 0;
  visit_tree(top_ / "no", [&](const struct stat&) { ++entries; });
  EXPECT_EQ(entries, 0U);
}

TEST_F(TreeTest, ADirectoryThatMovesAwayEndsTheWalk) {
  file("a/b/c", "x");
  fs::create_directory(top_ / "other");
  bool moved = false;
  visit_tree(top_ / "a", [&](const struct stat& status) {
    if (!S_ISREG(status.st_mode) || moved) return;
    fs::rename(top_ / "a/b", top_ / "other/b");
    file("other/not-ours", "x");
    moved = true;
  });
  EXPECT_TRUE(moved);
}

}  // namespace
}  // namespace mydock
