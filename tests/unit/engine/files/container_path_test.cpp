#include "engine/files/container_path.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "engine/files/matches.h"
#include "tests/support/canary_tree.h"

namespace mydock::engine {
namespace {

using test::CanaryTree;

TEST(ContainerPathTest, APathIsCleanedAsDockerDoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"/w", "/w"},
      {"w", "/w"},
      {"/w/", "/w/"},
      {"/w/.", "/w/."},
      {"/", "/"},
      {".", "/."},
      {"..", "/"},
      {"/w/..", "/"},
      {"/a/../b", "/b"},
      {"/a//b/./c", "/a/b/c"},
      {"../../etc", "/etc"},
      {"/a/b/../", "/a/"},
  };
  for (const auto& [path, clean] : cases) EXPECT_EQ(clean_path(path), clean) << path;
}

TEST(ContainerPathTest, TheLastPartIsTheName) {
  EXPECT_EQ(base_name("/a/b"), "b");
  EXPECT_EQ(base_name("/a/b/"), "b");
  EXPECT_EQ(base_name("/a/."), ".");
  EXPECT_EQ(base_name("/"), "/");
}

TEST(ContainerPathTest, ModesAreGos) {
  EXPECT_EQ(go_file_mode(S_IFREG | 0644), 0644U);
  EXPECT_EQ(go_file_mode(S_IFDIR | 01777), 1U << 31U | 1U << 20U | 0777U);
  EXPECT_EQ(go_file_mode(S_IFLNK | 0777), 1U << 27U | 0777U);
  EXPECT_EQ(go_file_mode(S_IFCHR | 0600), 1U << 26U | 1U << 21U | 0600U);
  EXPECT_EQ(go_file_mode(S_IFREG | 06755), 1U << 23U | 1U << 22U | 0755U);
}

TEST(ContainerPathTest, LinksAreResolvedInsideAndNeedNotLeadAnywhere) {
  const CanaryTree tree;
  fs::create_directories(tree.target() / "d/sub");
  fs::create_symlink("/d/sub", tree.target() / "abs");
  fs::create_symlink("../../../../d", tree.target() / "up");
  fs::create_symlink("/nope", tree.target() / "broken");
  fs::create_symlink("loop", tree.target() / "loop");
  const Root root = Root::open(tree.target());
  EXPECT_EQ(resolve_in(root, "/abs/x"), "/d/sub/x");
  EXPECT_EQ(resolve_in(root, "/up"), "/d");
  EXPECT_EQ(resolve_in(root, "/broken"), "/nope");
  EXPECT_EQ(resolve_in(root, "/"), "/");
  EXPECT_THROW(resolve_in(root, "/loop"), Error);
  EXPECT_EQ(stat_in(root, "/abs").link_target, "/d/sub");
  EXPECT_EQ(stat_in(root, "/abs/").link_target, "");
  EXPECT_EQ(stat_in(root, "/abs/").name, "abs");
}

TEST(ContainerPathTest, APatternMatchesAsInAShell) {
  const CanaryTree tree;
  for (const char* path :
       {"log/a.log", "log/b.log", "log/.hidden.log", "log/c.txt", "x1/f", "x2/f"}) {
    fs::create_directories((tree.target() / path).parent_path());
    std::ofstream(tree.target() / path) << "x";
  }
  fs::create_symlink("/log", tree.target() / "link");
  const Root root = Root::open(tree.target());
  const auto matches = [&](std::string_view pattern) { return find_matches(root, pattern); };
  using Paths = std::vector<std::string>;
  EXPECT_EQ(matches("/log/*.log"), (Paths{"/log/a.log", "/log/b.log"}));
  EXPECT_EQ(matches("/link/[ab].log"), (Paths{"/link/a.log", "/link/b.log"}));
  EXPECT_EQ(matches("/x?/f"), (Paths{"/x1/f", "/x2/f"}));
  EXPECT_EQ(matches("/log/.*"), (Paths{"/log/.hidden.log"}));
  EXPECT_EQ(matches("/nope/*"), Paths{});
  EXPECT_EQ(matches("/log/*/x"), Paths{});
}

}  // namespace
}  // namespace mydock::engine
