#include "api/filters.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::api {
namespace {

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(FiltersTest, BothEncodingsMeanTheSame) {
  const Filters maps =
      Filters::parse(R"({"label":{"a=b":true,"c":false},"status":{"exited":true}})");
  const Filters lists = Filters::parse(R"({"label":["c","a=b"],"status":["exited"]})");
  EXPECT_EQ(maps, lists);
  EXPECT_EQ(Filters::parse(maps.encode()), maps);
}

TEST(FiltersTest, NothingIsNoFilter) {
  for (const char* text : {"", "{}", "null"}) {
    EXPECT_TRUE(Filters::parse(text).empty()) << text;
  }
  EXPECT_EQ(Filters().encode(), "");
}

TEST(FiltersTest, AnythingElseIsAnInvalidFilter) {
  for (const char* text : {"x", "[]", "1", R"({"a":1})", R"({"a":[1]})", R"({"a":"b"})", "{"}) {
    EXPECT_EQ(message_of([&] { Filters::parse(text); }), "invalid filter") << text;
  }
}

TEST(FiltersTest, AnUnknownKeyIsNamed) {
  Filters filters;
  filters.add("foo", "x");
  EXPECT_EQ(message_of([&] { filters.require_known({"label", "name"}); }), "invalid filter 'foo'");
  filters.require_known({"foo"});
}

TEST(FiltersTest, FlagsAreStrict) {
  EXPECT_EQ(Filters::parse(R"({"dangling":["true"]})").flag("dangling"), true);
  EXPECT_EQ(Filters::parse(R"({"dangling":["0"]})").flag("dangling"), false);
  EXPECT_EQ(Filters().flag("dangling"), std::nullopt);
  EXPECT_EQ(message_of([] { Filters::parse(R"({"dangling":["x"]})").flag("dangling"); }),
            "invalid filter 'dangling=[x]'");
}

TEST(FiltersTest, ValuesOfAKeyAreAlternativesButLabelsAllHold) {
  const Filters filters =
      Filters::parse(R"({"name":["a","b"],"id":["abc"],"label":["x","k=v"],"label!":["no"]})");
  EXPECT_TRUE(filters.allows("name", "b"));
  EXPECT_FALSE(filters.allows("name", "c"));
  EXPECT_TRUE(filters.allows("other", "c"));
  EXPECT_TRUE(filters.allows_prefix("id", "abcdef"));
  EXPECT_FALSE(filters.allows_prefix("id", "ab"));
  EXPECT_TRUE(filters.allows_labels({{"x", "1"}, {"k", "v"}}));
  EXPECT_FALSE(filters.allows_labels({{"x", "1"}, {"k", "w"}}));
  EXPECT_FALSE(filters.allows_labels({{"x", "1"}}));
  EXPECT_FALSE(filters.allows_labels({{"x", "1"}, {"k", "v"}, {"no", ""}}));
}

}  // namespace
}  // namespace mydock::api
