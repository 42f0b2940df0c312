#include <gtest/gtest.h>

#include "base/error.h"
#include "build/dockerfile.h"

namespace mydock::build {
namespace {

using Words = std::vector<std::string>;

std::string error_of(std::string_view text) {
  try {
    parse(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::invalid);
    return error.message();
  }
  return "";
}

Instruction first(std::string_view line) {
  return parse("FROM a\n" + std::string(line)).stages[0].instructions.at(0);
}

TEST(ParserTest, StagesGlobalsAndNames) {
  const Dockerfile file = parse(
      "\xEF\xBB\xBF# syntax=docker/dockerfile:1\n"
      "ARG V=1\n"
      "FROM --platform=$BUILDPLATFORM base:$V AS Build\n"
      "run x\n"
      "FROM scratch\n"
      "COPY --from=build /a /b\n");
  EXPECT_EQ(file.syntax, "docker/dockerfile:1");
  ASSERT_EQ(file.globals.size(), 1U);
  ASSERT_EQ(file.stages.size(), 2U);
  EXPECT_EQ(file.stages[0].name, "build");
  EXPECT_EQ(file.stages[0].base, "base:$V");
  EXPECT_EQ(file.stages[0].platform, "$BUILDPLATFORM");
  EXPECT_EQ(file.stages[0].instructions[0].keyword, "RUN");
  EXPECT_EQ(file.stages[1].instructions[0].flag("from"), "build");
  EXPECT_EQ(file.stages[1].instructions[0].line, 6);
}

TEST(ParserTest, ContinuationsSkipCommentsAndBlankLines) {
  const Dockerfile file =
      parse("FROM a\nRUN a \\\n  # comment\n\n  && b \\  \n  && c\nCMD x\\\\\nUSER 1\n");
  const auto& all = file.stages[0].instructions;
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].rest, "a   && b   && c");
  EXPECT_EQ(all[0].line, 2);
  EXPECT_EQ(all[0].last_line, 6);
  EXPECT_EQ(all[1].rest, "x\\\\");
  EXPECT_EQ(file.warnings.size(), 1U);
}

TEST(ParserTest, EscapeDirectiveChangesTheContinuation) {
  const Dockerfile file = parse("# escape=`\nFROM a\nRUN dir c:\\ `\n  b\n");
  EXPECT_EQ(file.escape, '`');
  EXPECT_EQ(file.stages[0].instructions[0].rest, "dir c:\\   b");
  // Any other comment ends the directives.
  EXPECT_EQ(parse("# hello\n# escape=`\nFROM a\n").escape, '\\');
}

TEST(ParserTest, JsonOrShellForm) {
  EXPECT_EQ(first("RUN [\"a\", \"b c\"]").words, (Words{"a", "b c"}));
  EXPECT_TRUE(first("RUN [\"a\"]").json);
  EXPECT_EQ(first("RUN [ -f x ]").words, Words{"[ -f x ]"});
  EXPECT_EQ(first("CMD ['a']").words, Words{"['a']"});
  EXPECT_EQ(first("CMD [\"a\"] b").words, Words{"[\"a\"] b"});
  EXPECT_EQ(first("COPY [\"a b\", \"c\"]").words, (Words{"a b", "c"}));
  EXPECT_EQ(first("COPY a  b\tc").words, (Words{"a", "b", "c"}));
}

TEST(ParserTest, PairsInBothForms) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(first("ENV a=1 b=\"x y\" c=d\\ e").pairs,
            (Pairs{{"a", "1"}, {"b", "\"x y\""}, {"c", "d\\ e"}}));
  EXPECT_EQ(first("ENV a  b c=d").pairs, (Pairs{{"a", "b c=d"}}));
  EXPECT_EQ(first("LABEL a.b=c").pairs, (Pairs{{"a.b", "c"}}));
}

TEST(ParserTest, Flags) {
  const Instruction copy = first("COPY --chown=1:2 --link --exclude=a --exclude=b x y");
  EXPECT_EQ(copy.flag("chown"), "1:2");
  EXPECT_TRUE(copy.flag_set("link"));
  EXPECT_EQ(copy.flag_list("exclude"), (Words{"a", "b"}));
  EXPECT_EQ(first("RUN --mount=type=cache,target=/x --network=none id").rest, "id");
  EXPECT_EQ(first("RUN -- --x").rest, "--x");
}

TEST(ParserTest, Heredocs) {
  const Dockerfile file = parse(
      "FROM a\n"
      "RUN <<EOF\n"
      "echo $x\n"
      "# kept\n"
      "EOF\n"
      "COPY <<-\"A\" <<B /d/\n"
      "\t\tone\n"
      "\tA\n"
      "two\n"
      "B\n"
      "RUN [\"cat\", \"<<EOF\"]\n");
  const auto& all = file.stages[0].instructions;
  ASSERT_EQ(all.size(), 3U);
  ASSERT_EQ(all[0].heredocs.size(), 1U);
  EXPECT_EQ(all[0].heredocs[0], (Heredoc{"EOF", "echo $x\n# kept\n", true}));
  ASSERT_EQ(all[1].heredocs.size(), 2U);
  EXPECT_EQ(all[1].heredocs[0], (Heredoc{"A", "one\n", false}));
  EXPECT_EQ(all[1].heredocs[1], (Heredoc{"B", "two\n", true}));
  EXPECT_TRUE(all[2].heredocs.empty());
}

TEST(ParserTest, ErrorsNameTheLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "the Dockerfile cannot be empty"},
      {"# only\n\n", "file with no instructions"},
      {"RUN x\n", "dockerfile parse error on line 1: no build stage in current context"},
      {"ARG a\n", "no build stage in current context"},
      {"FROM a\n\nFOO b\n", "dockerfile parse error on line 3: unknown instruction: FOO"},
      {"FROM a b\n",
       "dockerfile parse error on line 1: FROM requires either one or three arguments"},
      {"FROM a AS 1x\n",
       "dockerfile parse error on line 1: invalid name for build stage: \"1x\", name can't start "
       "with a number or contain symbols"},
      {"FROM a\nCOPY x\n",
       "dockerfile parse error on line 2: COPY requires at least two arguments, but only one was "
       "provided. Destination could not be determined"},
      {"FROM a\nCOPY --fro=x a b\n", "dockerfile parse error on line 2: unknown flag: --fro"},
      {"FROM a\nCOPY --from=x --from=y a b\n",
       "dockerfile parse error on line 2: duplicate flag specified: --from"},
      {"FROM a\nCOPY --from a b\n",
       "dockerfile parse error on line 2: missing a value on flag: --from"},
      {"FROM a\nCOPY --link=maybe a b\n",
       "dockerfile parse error on line 2: expecting boolean value for flag --link, not: maybe"},
      {"FROM a\nENV a\n", "dockerfile parse error on line 2: ENV must have two arguments"},
      {"FROM a\nENV a=1 b\n",
       "dockerfile parse error on line 2: Syntax error - can't find = in \"b\". Must be of the "
       "form: name=value"},
      {"FROM a\nENV =1\n", "dockerfile parse error on line 2: ENV names can not be blank"},
      {"FROM a\nSHELL sh -c\n",
       "dockerfile parse error on line 2: SHELL requires the arguments to be in JSON form"},
      {"FROM a\nRUN [\"a\", 1]\n",
       "dockerfile parse error on line 2: when using JSON array syntax, arrays must be comprised "
       "of strings only"},
      {"FROM a\nHEALTHCHECK NONE x\n",
       "dockerfile parse error on line 2: HEALTHCHECK NONE takes no arguments"},
      {"FROM a\nHEALTHCHECK curl x\n",
       "dockerfile parse error on line 2: Unknown type \"curl\" in HEALTHCHECK (try CMD)"},
      {"FROM a\nONBUILD ONBUILD RUN x\n",
       "dockerfile parse error on line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"},
      {"FROM a\nONBUILD FROM x\n",
       "dockerfile parse error on line 2: FROM isn't allowed as an ONBUILD trigger"},
      {"FROM a\nRUN <<EOF\nx\n", "dockerfile parse error on line 2: unterminated heredoc"},
      {"FROM a\nCOPY a <<EOF\nx\nEOF\n",
       "dockerfile parse error on line 2: COPY cannot accept a heredoc as a destination"},
      {"# escape=x\nFROM a\n",
       "dockerfile parse error on line 1: invalid escape token 'x' does not match ` or \\"},
      {"# escape=`\n# escape=`\nFROM a\n",
       "dockerfile parse error on line 2: only one escape parser directive can be used"},
      {"FROM a\nUSER\n", "dockerfile parse error on line 2: USER requires exactly one argument"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(error_of(text), message) << text;
}

TEST(ParserTest, ABoundForEverything) {
  EXPECT_NE(error_of("FROM a\nRUN " + std::string(70000, 'x')), "");
  EXPECT_NE(error_of("FROM a\n# " + std::string(std::size_t{1} << 20, 'x')), "");
  std::string many = "FROM a\n";
  for (int i = 0; i < 1001; ++i) many += "RUN x\n";
  EXPECT_NE(error_of(many), "");
  EXPECT_EQ(error_of("FROM a\nRUN " + std::string(60000, '[') + "\n"), "");
}

TEST(ParserTest, TriggersAreInstructionsThatMayNotNest) {
  EXPECT_EQ(parse_trigger("COPY a b").keyword, "COPY");
  EXPECT_THROW(parse_trigger("ONBUILD RUN x"), Error);
  EXPECT_THROW(parse_trigger("FROM x"), Error);
  EXPECT_THROW(parse_trigger("NOPE"), Error);
}

}  // namespace
}  // namespace mydock::build
