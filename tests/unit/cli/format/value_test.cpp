#include "cli/format/value.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::cli {
namespace {

TEST(ValueTest, JsonKeepsItsOrder) {
  const Value value = parse_value(R"({"b":1,"a":[true,null,"x",-2,1.5]})");
  EXPECT_EQ(to_json_line(value), R"({"b":1,"a":[true,null,"x",-2,1.5]})");
  EXPECT_EQ(to_json_line(value, MapOrder::sorted), R"({"a":[true,null,"x",-2,1.5],"b":1})");
}
TEST(ValueTest, NoJsonIsAnError) {
  EXPECT_THROW(parse_value("{"), Error);
  EXPECT_THROW(parse_value(std::string(5000, '[')), Error);
}
TEST(ValueTest, FindPrefersTheExactName) {
  const Value value = parse_value(R"({"ID":"a","Id":"b"})");
  EXPECT_EQ(value["Id"].text(), "b");
  EXPECT_EQ(value["id"].text(), "a");
  EXPECT_EQ(value.find("x"), nullptr);
}
TEST(ValueTest, IndentIsAsDockerInspectPrints) {
  EXPECT_EQ(indent_json(R"([{"a":1,"b":[],"c":{},"d":["x"]}])", "    "),
            "[\n    {\n        \"a\": 1,\n        \"b\": [],\n        \"c\": {},\n"
            "        \"d\": [\n            \"x\"\n        ]\n    }\n]");
}
TEST(ValueTest, LayoutLeavesStringsAlone) {
  EXPECT_EQ(indent_json(R"({"a":"{,: \" }"})", " "), "{\n \"a\": \"{,: \\\" }\"\n}");
  EXPECT_EQ(compact_json("{ \"a b\" : [ 1 , 2 ] }\n"), R"({"a b":[1,2]})");
}
TEST(ValueTest, GoQuoteEscapesWhatDoesNotPrint) {
  EXPECT_EQ(go_quote("a\"b\\\n\x01"), "\"a\\\"b\\\\\\n\\x01\"");
  EXPECT_EQ(go_quote("…"), "\"…\"");
}

}  // namespace
}  // namespace mydock::cli
