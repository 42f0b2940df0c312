#include <gtest/gtest.h>

#include "base/error.h"
#include "build/go_text.h"
#include "build/session.h"
#include "build/tree.h"

namespace mydock::build {
namespace {

TEST(GoTextTest, QuotesAsGoDoes) {
  EXPECT_EQ(go_quoted("a\"b\\\n\x01"), "\"a\\\"b\\\\\\n\\x01\"");
  EXPECT_EQ(go_quoted_list({"/bin/sh", "-c", "x y"}), "[\"/bin/sh\" \"-c\" \"x y\"]");
  EXPECT_EQ(go_quoted_list({}), "[]");
}

TEST(GoTextTest, Durations) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0s"},
      {1, "1ns"},
      {1'500, "1.5µs"},
      {500'000'000, "500ms"},
      {1'000'000'000, "1s"},
      {90'000'000'000, "1m30s"},
      {3'600'000'000'000, "1h0m0s"},
      {3'661'250'000'000, "1h1m1.25s"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(go_duration(value), text);
}

TEST(GoTextTest, Healthcheck) {
  EXPECT_EQ(go_quoted_healthcheck({{"CMD-SHELL", "x"}, 30'000'000'000, 0, 0, 0, 3}),
            "&{[\"CMD-SHELL\" \"x\"] \"30s\" \"0s\" \"0s\" '\\x03'}");
  EXPECT_EQ(go_quoted_healthcheck({{"NONE"}, 0, 0, 0, 0, 0}),
            "&{[\"NONE\"] \"0s\" \"0s\" \"0s\" '\\x00'}");
}

TEST(ModeChangeTest, OctalAndSymbols) {
  struct Case {
    const char* text;
    mode_t before;
    bool directory;
    mode_t after;
  };
  const Case cases[] = {
      {"755", 0600, false, 0755},        {"0644", 0777, true, 0644},
      {"4755", 0, false, 04755},         {"u=rwX,go=rX", 0600, false, 0644},
      {"u=rwX,go=rX", 0600, true, 0755}, {"a+x", 0644, false, 0755},
      {"+x", 0644, false, 0755},         {"go-rwx", 0755, false, 0700},
      {"u+s", 0755, false, 04755},       {"o=", 0777, false, 0770},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ModeChange::parse(c.text).apply(c.before, c.directory), c.after) << c.text;
  }
  for (const char* text : {"", "8", "10000", "u", "u=q", "x+r", "-1"}) {
    EXPECT_THROW(ModeChange::parse(text), Error) << text;
  }
}

TEST(PathTest, WorkdirsAreAbsoluteAndClean) {
  EXPECT_EQ(clean_path("", "a"), "/a");
  EXPECT_EQ(clean_path("/w", "a/"), "/w/a");
  EXPECT_EQ(clean_path("/w", "../../x"), "/x");
  EXPECT_EQ(clean_path("/w", "/"), "/");
  EXPECT_EQ(clean_path("/w", "/a/./b"), "/a/b");
}

TEST(KeyTest, PartsDoNotRunTogether) {
  EXPECT_NE(Key("run").add("ab").add("c").hex(), Key("run").add("a").add("bc").hex());
  EXPECT_NE(Key("run").add(std::vector<std::string>{"a"}).add("b").hex(),
            Key("run").add(std::vector<std::string>{"a", "b"}).hex());
}

}  // namespace
}  // namespace mydock::build
