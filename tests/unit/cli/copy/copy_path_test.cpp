#include "cli/copy/copy_path.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::cli {
namespace {

TEST(CopyPathTest, AContainersPathHasItsNameBefore) {
  const auto path = parse_container_path("web:/etc/x:y");
  ASSERT_TRUE(path);
  EXPECT_EQ(path->container, "web");
  EXPECT_EQ(path->path, "/etc/x:y");
  for (const char* local : {"/a:b", "./a:b", "../a:b", "-", "plain", ".hidden:x"}) {
    EXPECT_FALSE(parse_container_path(local)) << local;
  }
}

TEST(CopyPathTest, EndsSayWhatIsMeant) {
  EXPECT_EQ(base_of("/a/b/"), "b");
  EXPECT_EQ(base_of("a/."), ".");
  EXPECT_EQ(base_of("/"), "/");
  EXPECT_EQ(parent_of("/a/b/"), "/a");
  EXPECT_EQ(parent_of("/a/."), "/a");
  EXPECT_EQ(parent_of("a"), ".");
  EXPECT_EQ(link_target("/a/link", "../b"), "/b");
  EXPECT_EQ(link_target("/a/link", "/abs"), "/abs");
  EXPECT_TRUE(names_directory("a/"));
  EXPECT_TRUE(names_directory("a/."));
  EXPECT_FALSE(names_directory("a"));
}

TEST(CopyPathTest, TheDestinationDecidesWhereAndUnderWhichName) {
  const auto plan = [](bool source_is_directory, CopyPlace to) {
    const CopyPlan found = plan_copy(source_is_directory, to);
    return found.directory + " " + found.new_name.value_or("(as it is)");
  };
  EXPECT_EQ(plan(false, {"/to", true, true}), "/to (as it is)");
  EXPECT_EQ(plan(true, {"/to", true, true}), "/to (as it is)");
  EXPECT_EQ(plan(false, {"/to/file", true, false}), "/to file");
  EXPECT_EQ(plan(true, {"/to/new", false, false}), "/to new");
  EXPECT_EQ(plan(false, {"/to/new", false, false}), "/to new");
  EXPECT_THROW(plan(true, {"/to/file", true, false}), Error);
  EXPECT_THROW(plan(false, {"/to/new/", false, false}), Error);
}

TEST(CopyPathTest, NamesAreReplacedAtTheFront) {
  EXPECT_EQ(rebased("etc/passwd", "etc", "copy"), "copy/passwd");
  EXPECT_EQ(rebased("/bin/sh", "/", "root"), "root/bin/sh");
  EXPECT_EQ(rebased("./a.b", ".", "x"), "x/a.b");
}

}  // namespace
}  // namespace mydock::cli
