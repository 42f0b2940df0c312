#include "base/json.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock {

struct Inner {
  std::string name;
  bool operator==(const Inner&) const = default;
};
template <class V>
void fields(V& v, Of<Inner> auto& s) {
  v("Name", s.name);
}

enum class Color { red, green };
std::string_view to_text(Color color) { return color == Color::red ? "red" : "green"; }
bool from_text(std::string_view text, Color& color) {
  color = text == "red" ? Color::red : Color::green;
  return text == "red" || text == "green";
}

struct Outer {
  std::string text;
  std::int64_t number = 0;
  std::uint16_t small = 0;
  bool flag = false;
  std::vector<std::string> list;
  std::map<std::string, Inner> inners;
  std::optional<Inner> maybe;
  std::optional<std::int64_t> left_out;
  Color color = Color::red;
  RawJson raw;
  bool operator==(const Outer&) const = default;
};
template <class V>
void fields(V& v, Of<Outer> auto& s) {
  v("Text", s.text);
  v("Number", s.number);
  v("Small", s.small);
  v("Flag", s.flag);
  v("List", s.list);
  v("Inners", s.inners);
  v("Maybe", s.maybe);
  v.omit_empty("LeftOut", s.left_out);
  v("Color", s.color);
  v("Raw", s.raw);
}

namespace {

std::string refusal(std::string_view text) {
  try {
    from_json<Outer>(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::invalid);
    return error.message();
  }
  return "(no error)";
}

TEST(JsonTest, EveryMemberGoesOutAndComesBack) {
  Outer value;
  value.text = "a \"b\"\n\x01";
  value.number = -5;
  value.small = 65535;
  value.flag = true;
  value.list = {"x", ""};
  value.inners = {{"k", {"v"}}};
  value.color = Color::green;
  value.raw = {R"({"any":[1,2]})"};
  const std::string text = to_json(value);
  EXPECT_EQ(text,
            R"({"Text":"a \"b\"\n\u0001","Number":-5,"Small":65535,"Flag":true,"List":["x",""],)"
            R"("Inners":{"k":{"Name":"v"}},"Maybe":null,"Color":"green","Raw":{"any":[1,2]}})");
  EXPECT_EQ(from_json<Outer>(text), value);
}

TEST(JsonTest, NullAndAbsentLeaveTheMember) {
  const Outer value = from_json<Outer>(R"({"Text":null,"List":null,"Maybe":null})");
  EXPECT_EQ(value, Outer{});
}

TEST(JsonTest, NamesMatchWithoutRegardToCase) {
  EXPECT_EQ(from_json<Outer>(R"({"tExT":"x"})").text, "x");
}

TEST(JsonTest, WrongTypeNamesTheMember) {
  for (const auto& [text, member] :
       std::vector<std::pair<std::string, std::string>>{{R"({"Text":1})", "Text"},
                                                        {R"({"Number":"1"})", "Number"},
                                                        {R"({"Small":65536})", "Small"},
                                                        {R"({"Small":-1})", "Small"},
                                                        {R"({"Flag":"true"})", "Flag"},
                                                        {R"({"List":"x"})", "List"},
                                                        {R"({"Inners":[]})", "Inners"},
                                                        {R"({"Color":"blue"})", "Color"}}) {
    EXPECT_NE(refusal(text).find(member), std::string::npos) << text << ": " << refusal(text);
  }
}

TEST(JsonTest, BrokenTextIsInvalid) {
  for (const std::string text : {"", "{", "{\"a\":}", "[1,]", "{} x", "\"\xff\""}) {
    EXPECT_NE(refusal(text), "(no error)") << text;
  }
  EXPECT_NE(refusal(std::string(65, '[') + std::string(65, ']')), "(no error)");
}

TEST(JsonTest, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(json_quote("a\xff"), "\"a\\ufffd\"");
  EXPECT_EQ(json_quote("\xc3\xa4<&>"), "\"\xc3\xa4<&>\"");
  EXPECT_EQ(json_quote("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");
}

}  // namespace
}  // namespace mydock
