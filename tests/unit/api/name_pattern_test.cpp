#include "api/name_pattern.h"

#include <gtest/gtest.h>

namespace mydock::api {
namespace {

TEST(NamePatternTest, IsAnUnanchoredExpression) {
  struct Case {
    const char* pattern;
    const char* name;
    bool fits;
  };
  const Case cases[] = {{"we", "web", true},
                        {"^eb", "web", false},
                        {"^web$", "web", true},
                        {"w.b", "web", true},
                        {"web[0-9]+$", "web12", true},
                        {"web\\d+$", "web12", true},
                        {"^(?:a|web)-\\d$", "web-1", true},
                        {"(?i)WEB", "web", true},
                        {"WEB", "web", false},
                        {"[", "web", false},
                        {"[", "[", true},
                        {"", "web", true},
                        {"(w)\\1", "ww", false}};
  for (const Case& c : cases) EXPECT_EQ(name_matches(c.pattern, c.name), c.fits) << c.pattern;
}

}  // namespace
}  // namespace mydock::api
