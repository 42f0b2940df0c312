#include "runtime/shim/spec_text.h"

#include <gtest/gtest.h>

namespace mydock::runtime::shim {
namespace {

TEST(SpecTextTest, OnlyThatObjectIsCut) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"a":1,"s":{"x":[{"y":"}"}],"z":"\"}"},"b":2})", R"({"a":1,"b":2})"},
      {R"({"a":1,"s":{}})", R"({"a":1})"},
      {R"({"a":"t,\"s\":{","s":{"x":1}})", R"({"a":"t,\"s\":{"})"},
      {R"({"a":1,"s":[1]})", R"({"a":1,"s":[1]})"},
      {R"({"a":1})", R"({"a":1})"},
      {R"({"a":1,"s":{"x":)", R"({"a":1,"s":{"x":)"},  // cut short: the parser will say so
  };
  for (const auto& [text, expected] : cases) {
    std::string json = text;
    drop_object(json, "s");
    EXPECT_EQ(json, expected);
  }
}

}  // namespace
}  // namespace mydock::runtime::shim
