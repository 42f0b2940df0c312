#include "build/expand.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace mydock::build {
namespace {

const Variables kVariables = [](std::string_view name) -> std::optional<std::string> {
  static const std::map<std::string, std::string, std::less<>> values = {
      {"a", "one"},           {"empty", ""},           {"path", "/usr/lib/x.tar.gz"},
      {"b", "b c"},           {"ports", "80 443/udp"}, {"1", "first"},
      {"word", "foo-bar-foo"}};
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
};

TEST(ExpandTest, Words) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "plain"},
      {"$a", "one"},
      {"${a}", "one"},
      {"x$a-y", "xone-y"},
      {"$none", ""},
      {"$", "$"},
      {"$1x", "firstx"},
      {"'$a'", "$a"},
      {"\"$a b\"", "one b"},
      {"\\$a", "$a"},
      {"\"\\$a\"", "$a"},
      {"\"a\\b\"", "a\\b"},
      {"a\\b", "ab"},
      {"a\"b\"'c'", "abc"},
      {"${none:-def}", "def"},
      {"${empty:-def}", "def"},
      {"${empty-def}", ""},
      {"${none-def}", "def"},
      {"${a:+alt}", "alt"},
      {"${none:+alt}", ""},
      {"${empty:+alt}", ""},
      {"${empty+alt}", "alt"},
      {"${a:?bad}", "one"},
      {"${none:-${a:-x}}", "one"},
      {"${none:-\"q $b\"}", "q b c"},
      {"${path#*/}", "usr/lib/x.tar.gz"},
      {"${path##*/}", "x.tar.gz"},
      {"${path%.*}", "/usr/lib/x.tar"},
      {"${path%%.*}", "/usr/lib/x"},
      {"${path#nope}", "/usr/lib/x.tar.gz"},
      {"${word/foo/x}", "x-bar-foo"},
      {"${word//foo/x}", "x-bar-x"},
      {"${word/-*/!}", "foo!"},
  };
  for (const auto& [word, expected] : cases) {
    EXPECT_EQ(expand(word, kVariables, '\\'), expected) << word;
  }
  EXPECT_EQ(expand("`$a \\x", kVariables, '`'), "$a \\x");
}

TEST(ExpandTest, Errors) {
  const std::pair<const char*, const char*> cases[] = {
      {"${}", "failed to process \"${}\": syntax error: bad substitution"},
      {"${:x}", "failed to process \"${:x}\": syntax error: bad substitution"},
      {"${a", "failed to process \"${a\": syntax error: missing '}'"},
      {"${a:-x", "failed to process \"${a:-x\": syntax error: missing '}'"},
      {"${a:=x}", "failed to process \"${a:=x}\": unsupported modifier (:=) in substitution"},
      {"${a~x}", "failed to process \"${a~x}\": unsupported modifier (~) in substitution"},
      {"'a",
       "failed to process \"'a\": unexpected end of statement while looking for matching "
       "single-quote"},
      {"\"a",
       "failed to process \"\"a\": unexpected end of statement while looking for matching "
       "double-quote"},
      {"${none?}", "failed to process \"${none?}\": none: is not allowed to be unset"},
      {"${empty:?}", "failed to process \"${empty:?}\": empty: is not allowed to be empty"},
      {"${none:?say}", "failed to process \"${none:?say}\": none: say"},
  };
  for (const auto& [word, message] : cases) {
    try {
      expand(word, kVariables, '\\');
      ADD_FAILURE() << word;
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), message);
    }
  }
}

TEST(ExpandTest, NestingIsBounded) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "${none:-";
  EXPECT_THROW(expand(deep + std::string(40, '}'), kVariables, '\\'), Error);
}

TEST(ExpandTest, BlanksOutsideQuotesMakeSeveralWords) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(expand_words("$ports 8080", kVariables, '\\'), (Words{"80", "443/udp", "8080"}));
  EXPECT_EQ(expand_words("\"$ports\"", kVariables, '\\'), (Words{"80 443/udp"}));
  EXPECT_EQ(expand_words("${none:-1 2}", kVariables, '\\'), (Words{"1", "2"}));
}

TEST(ExpandTest, InAHeredocQuotesMeanNothing) {
  EXPECT_EQ(expand_body("it's \"$a\" \\$a ${none:-'x'}\n", kVariables), "it's \"one\" $a 'x'\n");
}

}  // namespace
}  // namespace mydock::build
