#include "build/plan.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "build/mounts.h"

namespace mydock::build {
namespace {

const oci::Platform kPlatform{"linux", "amd64", "", "", {}};

std::vector<std::size_t> indexes(std::string_view text, std::string_view target = {}) {
  const Dockerfile file = parse(text);
  const GivenArguments given;
  GlobalArguments globals(given, kPlatform, target);
  for (const Instruction& arg : file.globals) globals.declare(arg, file.escape);
  std::vector<std::size_t> list;
  for (const PlannedStage& stage : make_plan(file, globals, target).stages) {
    list.push_back(stage.index);
  }
  return list;
}

TEST(PlanTest, OnlyStagesThatTheTargetNeedsInFileOrder) {
  const char* text =
      "FROM a AS one\n"
      "FROM b AS two\n"
      "FROM one AS three\n"
      "COPY --from=1 /x /x\n"
      "FROM scratch\n"
      "RUN --mount=type=bind,from=one,target=/y x\n";
  using Indexes = std::vector<std::size_t>;
  EXPECT_EQ(indexes(text), (Indexes{0, 3}));
  EXPECT_EQ(indexes(text, "three"), (Indexes{0, 1, 2}));
  EXPECT_EQ(indexes(text, "1"), (Indexes{1}));
  EXPECT_THROW(indexes(text, "four"), Error);
}

TEST(PlanTest, AStageNameMeansTheStageBeforeNotItself) {
  const Dockerfile file = parse("FROM x AS x\nFROM x AS y\n");
  const GivenArguments given;
  const GlobalArguments globals(given, kPlatform, "");
  const Plan plan = make_plan(file, globals, "");
  ASSERT_EQ(plan.stages.size(), 2U);
  EXPECT_FALSE(plan.stages[0].base_stage);
  EXPECT_EQ(plan.stages[1].base_stage, 0U);
}

TEST(PlanTest, BlankBaseIsRefused) {
  const Dockerfile file = parse("ARG B\nFROM ${B}\n");
  const GivenArguments given;
  GlobalArguments globals(given, kPlatform, "");
  globals.declare(file.globals[0], '\\');
  try {
    make_plan(file, globals, "");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "base name (${B}) should not be blank");
  }
}

TEST(ArgumentsTest, GivenBeatsDefaultBeatsGlobalAndEnvBeatsAll) {
  const GivenArguments given = {
      {"A", "given"}, {"N", std::nullopt}, {"http_proxy", "p"}, {"X", "x"}};
  GlobalArguments globals(given, kPlatform, "");
  globals.declare(parse("ARG G=g H=$G-$TARGETARCH\nFROM a").globals[0], '\\');
  EXPECT_EQ(globals.find("H"), "g-amd64");
  StageArguments stage(globals);
  stage.declare("A", "default");
  stage.declare("G", std::nullopt);
  stage.declare("H", "own");
  stage.declare("N", "n");
  const std::vector<std::string> env = {"H=env"};
  const Variables variables = stage.variables(env);
  EXPECT_EQ(variables("A"), "given");
  EXPECT_EQ(variables("G"), "g");
  EXPECT_EQ(variables("H"), "env");
  EXPECT_EQ(variables("N"), "n");
  EXPECT_EQ(variables("http_proxy"), std::nullopt);
  using Words = std::vector<std::string>;
  EXPECT_EQ(stage.declared(env), (Words{"A=given", "G=g", "N=n"}));
  EXPECT_EQ(stage.for_run(env), (Words{"A=given", "G=g", "N=n", "http_proxy=p"}));
  EXPECT_EQ(globals.unused(), Words{"X"});
}

MountFlag mount(std::string_view text) {
  return parse_mount(
      text, "/w", [](std::string_view) { return std::optional<std::string>("v"); }, '\\');
}

TEST(MountFlagTest, TypesAndDefaults) {
  const MountFlag bind = mount("target=x,source=/s,from=base");
  EXPECT_EQ(bind.target, "/w/x");
  EXPECT_TRUE(bind.read_only);
  EXPECT_FALSE(mount("type=bind,target=/x,rw").read_only);
  const MountFlag cache = mount("type=cache,target=/root/.cache/,mode=0700,uid=1,sharing=locked");
  EXPECT_EQ(cache.id, "/root/.cache");
  EXPECT_EQ(cache.mode, 0700U);
  EXPECT_FALSE(cache.read_only);
  EXPECT_EQ(mount("type=secret,id=a").target, "/run/secrets/a");
  EXPECT_EQ(mount("type=secret,target=/x/key").id, "key");
  EXPECT_EQ(mount("type=secret,id=a,env=A").target, "");
  EXPECT_EQ(mount("type=tmpfs,target=/t,size=2m").size, 2 << 20);
  EXPECT_EQ(mount("type=cache,target=/$X").target, "/v");
}

TEST(MountFlagTest, Errors) {
  const std::pair<const char*, const char*> cases[] = {
      {"type=nope,target=/x", "unsupported mount type \"nope\""},
      {"target=/", "invalid mount target \"/\""},
      {"target=../..", "invalid mount target \"../..\""},
      {"target=/x,foo=1", "unexpected key 'foo' in 'foo=1'"},
      {"target=/x,size=1", "unexpected key 'size' for mount type 'bind'"},
      {"target=/x,mode=7", "mode not allowed for \"bind\" type mounts"},
      {"target=/x,from=$A",
       "'from' doesn't support variable expansion, define alias stage instead"},
      {"target=/x,oops", "invalid field 'oops' must be a key=value pair"},
      {"type=cache,target=/x,sharing=all", "unsupported sharing value \"all\""},
      {"source=x", "target is required"},
  };
  for (const auto& [text, message] : cases) {
    try {
      mount(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.message(), message) << text;
    }
  }
}

}  // namespace
}  // namespace mydock::build
