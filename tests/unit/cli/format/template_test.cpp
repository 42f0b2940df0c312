#include "cli/format/template.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::cli {
namespace {

const char kData[] = R"({
  "Id": "abc", "Name": "/web", "Count": 3, "Size": 1.5, "On": true, "Off": false, "None": null,
  "Text": "a,b", "Empty": "", "List": ["x", "y", "z"], "NoItems": [],
  "State": {"Status": "running", "Pid": 42},
  "Map": {"b": 2, "a": 1}
})";

std::string run(std::string_view text, const TemplateOptions& options = {}) {
  return Template::parse(text).execute(parse_value(kData), options);
}

std::string error_of(std::string_view text) {
  try {
    run(text);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

struct Case {
  const char* text;
  const char* result;
};

class TemplateTest : public testing::TestWithParam<Case> {};
TEST_P(TemplateTest, GivesGosText) { EXPECT_EQ(run(GetParam().text), GetParam().result); }

INSTANTIATE_TEST_SUITE_P(
    Values, TemplateTest,
    testing::Values(Case{"", ""}, Case{"plain", "plain"}, Case{"{{.Id}}", "abc"},
                    Case{"{{ .Id }}!", "abc!"}, Case{"{{.State.Pid}}", "42"},
                    Case{"{{.Size}}", "1.5"}, Case{"{{.On}} {{.Off}}", "true false"},
                    Case{"{{.None}}", "<no value>"}, Case{"{{.List}}", "[x y z]"},
                    Case{"{{.Map}}", "map[a:1 b:2]"}, Case{"{{json .Map}}", R"({"b":2,"a":1})"},
                    Case{"{{json .Name}}", "\"/web\""}, Case{"{{.id}}", "abc"},
                    Case{"{{(.State).Status}}", "running"},
                    Case{"{{\"q\\t\\u00e9\"}}", "q\t\u00e9"}, Case{"{{`raw\\n`}}", "raw\\n"},
                    Case{"{{'a'}}", "97"}, Case{"{{0x1F}} {{-3}} {{1e3}}", "31 -3 1000"}));

INSTANTIATE_TEST_SUITE_P(Trim, TemplateTest,
                         testing::Values(Case{"a {{- .Id -}} b", "aabcb"},
                                         Case{"a {{/* no */}} b", "a  b"},
                                         Case{"a {{- /* no */ -}} b", "ab"},
                                         Case{"a {{-3}}", "a -3"}));

INSTANTIATE_TEST_SUITE_P(
    Branches, TemplateTest,
    testing::Values(Case{"{{if .On}}y{{else}}n{{end}}", "y"},
                    Case{"{{if .Off}}y{{else}}n{{end}}", "n"},
                    Case{"{{if .Empty}}1{{else if .NoItems}}2{{else if .Count}}3{{end}}", "3"},
                    Case{"{{with .State}}{{.Status}}{{end}}", "running"},
                    Case{"{{with .None}}a{{else}}b{{end}}", "b"},
                    Case{"{{range .List}}[{{.}}]{{end}}", "[x][y][z]"},
                    Case{"{{range $i, $e := .List}}{{$i}}{{$e}} {{end}}", "0x 1y 2z "},
                    Case{"{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}", "a=1;b=2;"},
                    Case{"{{range .NoItems}}x{{else}}none{{end}}", "none"},
                    Case{"{{range 3}}{{.}}{{end}}", "012"},
                    Case{"{{range .List}}{{if eq . \"y\"}}{{break}}{{end}}{{.}}{{end}}", "x"},
                    Case{"{{range .List}}{{if eq . \"y\"}}{{continue}}{{end}}{{.}}{{end}}", "xz"},
                    Case{"{{range .List}}{{$.Id}}{{end}}", "abcabcabc"},
                    Case{"{{$x := 1}}{{if .On}}{{$x = 2}}{{end}}{{$x}}", "2"},
                    Case{"{{$x := .State}}{{$x.Pid}}", "42"}));

INSTANTIATE_TEST_SUITE_P(
    Functions, TemplateTest,
    testing::Values(
        Case{"{{len .List}} {{len .Id}} {{len .Map}}", "3 3 2"}, Case{"{{index .List 1}}", "y"},
        Case{"{{index .Map \"a\"}}", "1"}, Case{"{{(index .List 0) | upper}}", "X"},
        Case{"{{eq .Count 3}} {{ne .Id \"abc\"}} {{lt 1 2}} {{ge 2 3}}", "true false true false"},
        Case{"{{eq .Id \"x\" \"abc\"}}", "true"},
        Case{"{{and .On .Id}} {{or .Off .Id}}", "abc abc"}, Case{"{{not .Off}}", "true"},
        Case{"{{or .Empty .None \"d\"}}", "d"}, Case{"{{and .Off (index .List 9)}}", "false"},
        Case{"{{join .List \",\"}}", "x,y,z"},
        Case{"{{range split .Text \",\"}}<{{.}}>{{end}}", "<a><b>"},
        Case{"{{upper .Id}} {{lower \"AB\"}} {{title \"ab cd\"}}", "ABC ab Ab Cd"},
        Case{"{{pad .Id 1 2}}|", " abc  |"}, Case{"{{truncate .Id 2}}", "ab"},
        Case{"{{println .Id}}", "abc\n"}, Case{"{{print 1 2 \"a\" \"b\" 3}}", "1 2ab3"},
        Case{"{{slice .Id 1 2}}", "b"}, Case{"{{html \"<a>\"}}", "&lt;a&gt;"},
        Case{"{{.Id | printf \"%s-%s\" \"x\"}}", "x-abc"},
        Case{"{{printf \"%5d|%-4s|%05d\" 42 \"a\" 7}}", "   42|a   |00007"},
        Case{"{{printf \"%q %v %T %x\" \"a\\\"\" true 1 255}}", "\"a\\\"\" true int ff"},
        Case{"{{printf \"%.2f%%\" .Size}}", "1.50%"},
        Case{"{{printf \"%d\" \"x\"}}", "%!d(string=x)"}, Case{"{{printf \"%s\"}}", "%!s(MISSING)"},
        Case{"{{printf \"a\" 1}}", "a%!(EXTRA int=1)"}));

struct BadCase {
  const char* text;
  const char* message;
};
class TemplateErrorTest : public testing::TestWithParam<BadCase> {};
TEST_P(TemplateErrorTest, SaysWhatGoSays) {
  EXPECT_EQ(error_of(GetParam().text), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, TemplateErrorTest,
    testing::Values(
        BadCase{"{{.Id", "template: :1: unclosed action"},
        BadCase{"{{foo}}", "template: :1: function \"foo\" not defined"},
        BadCase{"{{}}", "template: :1: missing value for command"},
        BadCase{"{{if .On}}x", "template: :1: unexpected EOF"},
        BadCase{"{{end}}", "template: :1: unexpected {{end}}"},
        BadCase{"{{$x}}", "template: :1: undefined variable \"$x\""},
        BadCase{"{{\"a}}", "template: :1: unterminated quoted string"},
        BadCase{"{{.Id | 3}}", "template: :1: non executable command in pipeline stage 2"},
        BadCase{"{{(.Id}}", "template: :1: unclosed left paren"},
        BadCase{"{{.Foo}}",
                "template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\""},
        BadCase{"{{.Id.Foo}}",
                "template: :1:5: executing \"\" at <.Id.Foo>: can't evaluate field Foo in type "
                "interface {}"},
        BadCase{"{{index .List 7}}",
                "template: :1:2: executing \"\" at <index .List 7>: error calling index: "
                "index out of range: 7"},
        BadCase{"{{len 3}}",
                "template: :1:2: executing \"\" at <len 3>: error calling len: len of type int"},
        BadCase{"{{break}}", "template: :1: {{break}} outside {{range}}"}));

TEST(TemplateLimits, DeepNestingIsRefused) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "{{if .On}}";
  EXPECT_THROW(Template::parse(text), Error);
  EXPECT_THROW(Template::parse("{{" + std::string(5000, '(')), Error);
}

TEST(TemplateLimits, EndlessWorkIsRefused) {
  EXPECT_THROW(run("{{range 1000000}}{{range 1000000}}x{{end}}{{end}}"), Error);
}

TEST(TemplateRows, AMissingColumnNamesTheRowsType) {
  try {
    run("{{.Foo}}", {.row_type = "*formatter.ContainerContext"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "template: :1:2: executing \"\" at <.Foo>: can't evaluate field Foo in type "
              "*formatter.ContainerContext");
  }
}

TEST(TemplateRows, LabelLooksANameUp) {
  const Value row = Value::map({{"Label", Value::lookup({{"com.x.project", "web"}})}});
  EXPECT_EQ(Template::parse("{{.Label \"com.x.project\"}}|{{.Label \"no\"}}").execute(row), "web|");
  const Value header = Value::map({{"Label", Value::lookup({}, true)}});
  EXPECT_EQ(Template::parse("{{.Label \"com.x.my-project\"}}")
                .execute(header, {.row_type = {}, .header = true}),
            "my project");
}

}  // namespace
}  // namespace mydock::cli
