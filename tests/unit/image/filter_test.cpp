#include "image/filter.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/error.h"

namespace mydock::image {
namespace {

TEST(FilterTest, PathMatchesAsGoDoes) {
  struct Case {
    const char* pattern;
    const char* path;
    bool matches;
  };
  const std::vector<Case> cases = {{"abc", "abc", true},
                                   {"*", "abc", true},
                                   {"*c", "abc", true},
                                   {"a*", "a", true},
                                   {"a*", "ab/c", false},
                                   {"a*/b", "abc/b", true},
                                   {"a*/b", "a/c/b", false},
                                   {"a?c", "abc", true},
                                   {"a?c", "a/c", false},
                                   {"[a-c]x", "bx", true},
                                   {"[^a-c]x", "bx", false},
                                   {"[^a-c]x", "dx", true},
                                   {"\\*", "*", true},
                                   {"\\*", "a", false},
                                   {"a*b*c*d", "axbxcxd", true},
                                   {"a*b*c*d", "axbxcx", false},
                                   {"", "", true},
                                   {"", "a", false}};
  for (const Case& one : cases) {
    EXPECT_EQ(path_matches(one.pattern, one.path), one.matches) << one.pattern << " " << one.path;
  }
  EXPECT_THROW(path_matches("[a", "a"), Error);
}

TEST(FilterTest, ManyStarsTakeNoTime) {
  const std::string path(5000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "*a";
  EXPECT_FALSE(path_matches(pattern + "b", path));
}

TEST(FilterTest, AReferenceMatchesByItsFamiliarNameWithOrWithoutTheTag) {
  const auto name = oci::Reference::parse_familiar("busybox:1.36");
  for (const char* pattern : {"busybox", "busy*", "busybox:1.36", "busybox:*", "*:1.*"}) {
    EXPECT_TRUE(reference_matches(pattern, name)) << pattern;
  }
  for (const char* pattern : {"busy", "library/*", "busybox:2*"}) {
    EXPECT_FALSE(reference_matches(pattern, name)) << pattern;
  }
}

}  // namespace
}  // namespace mydock::image
