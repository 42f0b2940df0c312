#include "archive/ignore.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::archive {
namespace {

struct GlobCase {
  const char* pattern;
  const char* path;
  bool single, across;  // with which rule it matches
};

TEST(GlobTest, MatchesAsGoDoes) {
  const GlobCase cases[] = {
      {"abc", "abc", true, true},        {"*", "abc", true, true},
      {"*c", "abc", true, true},         {"a*/b", "abc/b", true, true},
      {"a*/b", "a/c/b", false, false},   {"a?c", "a/c", false, false},
      {"[a-c]x", "bx", true, true},      {"[^a-c]x", "bx", false, false},
      {"[^a-c]x", "dx", true, true},     {"a\\*b", "a*b", true, true},
      {"a\\*b", "axb", false, false},    {"**", "a/b", false, true},
      {"**/x", "x", false, true},        {"**/x", "a/b/x", false, true},
      {"**/x", "ax", false, false},      {"a/**", "a/b/c", false, true},
      {"a/**/b", "a/b", false, true},    {"a/**/b", "a/x/y/b", false, true},
      {"**/*.go", "a/b.go", true, true}, {"*.md", "docs/a.md", false, false},
      {"a.c", "abc", false, false},
  };
  for (const GlobCase& c : cases) {
    EXPECT_EQ(glob_match(c.pattern, c.path, Stars::single), c.single) << c.pattern << " " << c.path;
    EXPECT_EQ(glob_match(c.pattern, c.path, Stars::across), c.across) << c.pattern << " " << c.path;
  }
}

TEST(GlobTest, BadPatternsAreRefused) {
  for (const char* pattern : {"[", "a\\", "[a", "[-]", "[a-", "[]a]"}) {
    EXPECT_THROW(glob_match(pattern, "a", Stars::single), Error) << pattern;
  }
}

TEST(GlobTest, ManyStarsAreNotSlow) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(4000, 'a'), Stars::across));
}

TEST(IgnoreTest, TheLastMatchOnThePathOrAParentDecides) {
  const IgnoreList list = IgnoreList::parse(
      "# a comment\n"
      " # not one\n"
      "/build/\n"
      "*.log\n"
      "!keep.log\n"
      "docs/**\n"
      "!docs/README.md\n"
      ".\n");
  EXPECT_TRUE(list.ignores("build"));
  EXPECT_TRUE(list.ignores("build/a/b"));
  EXPECT_FALSE(list.ignores("src/build"));
  EXPECT_TRUE(list.ignores("x.log"));
  EXPECT_FALSE(list.ignores("a/x.log"));
  EXPECT_FALSE(list.ignores("keep.log"));
  EXPECT_TRUE(list.ignores("docs/a"));
  EXPECT_FALSE(list.ignores("docs/README.md"));
  EXPECT_TRUE(list.ignores("# not one"));
  EXPECT_FALSE(list.ignores("src"));
}

TEST(IgnoreTest, AnIgnoredDirectoryIsEnteredForWhatIsBroughtBack) {
  const IgnoreList list = IgnoreList::parse("a\nb\n!a/keep\n");
  EXPECT_TRUE(list.must_enter("a"));
  EXPECT_FALSE(list.must_enter("b"));
  EXPECT_TRUE(list.must_enter("c"));
  EXPECT_TRUE(IgnoreList::parse("*\n!**/x\n").must_enter("any"));
}

TEST(IgnoreTest, ALoneExclamationMarkIsAnError) {
  EXPECT_THROW(IgnoreList::parse("!\n"), Error);
  EXPECT_THROW(IgnoreList::parse("a[\n"), Error);
}

}  // namespace
}  // namespace mydock::archive
