#include "cli/arguments.h"

#include <gtest/gtest.h>

#include "cli/create/run_flags.h"

namespace mydock::cli {
namespace {

using Words = std::vector<std::string>;

Arguments parse(const Words& words, std::string_view command = "run") {
  return parse_arguments(*find_command(command), words);
}

std::string error_of(const Words& words, std::string_view command = "run") {
  try {
    const Command& what = *find_command(command);
    const Arguments arguments = parse_arguments(what, words);
    check_flags(what, arguments.flags);
    check_count(what, what.name, arguments.args.size());
  } catch (const UsageError& error) {
    return error.message();
  }
  return "no error";
}

TEST(ArgumentsTest, ShortFlagsComeInBundlesWithAValueAtTheEnd) {
  const Arguments a = parse({"-itp", "80:80", "-p81:81", "-e=A=1", "busybox"});
  EXPECT_TRUE(a.flags.boolean("interactive"));
  EXPECT_TRUE(a.flags.boolean("tty"));
  EXPECT_EQ(a.flags.list("publish"), (Words{"80:80", "81:81"}));
  EXPECT_EQ(a.flags.list("env"), (Words{"A=1"}));
  EXPECT_EQ(a.args, (Words{"busybox"}));
}
TEST(ArgumentsTest, WhatFollowsTheImageBelongsToTheContainer) {
  EXPECT_EQ(parse({"--rm", "busybox", "ls", "-l", "--help"}).args,
            (Words{"busybox", "ls", "-l", "--help"}));
  EXPECT_EQ(parse({"busybox", "--", "ls"}).args, (Words{"busybox", "--", "ls"}));
  EXPECT_EQ(parse({"--", "busybox", "-x"}).args, (Words{"busybox", "-x"}));
}
TEST(ArgumentsTest, OtherCommandsTakeFlagsAnywhere) {
  const Arguments a = parse({"c1", "-t", "5", "c2"}, "stop");
  EXPECT_EQ(a.flags.integer("timeout"), 5);
  EXPECT_EQ(a.args, (Words{"c1", "c2"}));
}
TEST(ArgumentsTest, FalseSwitchesOff) {
  EXPECT_FALSE(parse({"--rm", "--rm=false", "x"}).flags.boolean("rm"));
  EXPECT_FALSE(parse({"--sig-proxy=false", "x"}).flags.boolean("sig-proxy", true));
}
TEST(ArgumentsTest, OldNamesStillWork) {
  EXPECT_EQ(parse({"--net", "host", "x"}).flags.text("network"), "host");
  EXPECT_EQ(parse({"--time", "3", "x"}, "stop").flags.integer("timeout"), 3);
}
TEST(ArgumentsTest, AnEmptyValueIsAValue) {
  const Arguments a = parse({"--entrypoint", "", "x"});
  EXPECT_TRUE(a.flags.has("entrypoint"));
  EXPECT_EQ(parse({"--entrypoint=", "x"}).flags.text("entrypoint", "unset"), "");
  EXPECT_EQ(error_of({"--entrypoint=", "-l", "[a,b]=c", "x"}), "no error");
}
TEST(ArgumentsTest, CreateHasNoDetach) {
  EXPECT_EQ(error_of({"-d", "x"}, "create"), "unknown shorthand flag: 'd' in -d");
}

struct BadCase {
  Words words;
  const char* message;
};
class ArgumentsErrorTest : public testing::TestWithParam<BadCase> {};
TEST_P(ArgumentsErrorTest, SaysWhatDockerSays) {
  EXPECT_EQ(error_of(GetParam().words), GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(
    All, ArgumentsErrorTest,
    testing::Values(
        BadCase{{"--foo"}, "unknown flag: --foo"},
        BadCase{{"-Z", "x"}, "unknown shorthand flag: 'Z' in -Z"},
        BadCase{{"-p"}, "flag needs an argument: 'p' in -p"},
        BadCase{{"--name"}, "flag needs an argument: --name"},
        BadCase{{}, "mydock: 'mydock run' requires at least 1 argument"},
        BadCase{{"-m", "x", "a"},
                "invalid argument \"x\" for \"-m, --memory\" flag: invalid size: 'x'"},
        BadCase{{"--rm=maybe", "x"},
                "invalid argument \"maybe\" for \"--rm\" flag: strconv.ParseBool: parsing "
                "\"maybe\": invalid syntax"},
        BadCase{{"--memory-swappiness", "x", "a"},
                "invalid argument \"x\" for \"--memory-swappiness\" flag: strconv.ParseInt: "
                "parsing \"x\": invalid "
                "syntax"},
        BadCase{
            {"--blkio-weight", "99999999", "x"},
            "invalid argument \"99999999\" for \"--blkio-weight\" flag: strconv.ParseUint: parsing "
            "\"99999999\": value out of range"},
        BadCase{
            {"--cpus", "x", "a"},
            "invalid argument \"x\" for \"--cpus\" flag: failed to parse x as a rational number"},
        BadCase{
            {"--health-interval", "x", "a"},
            "invalid argument \"x\" for \"--health-interval\" flag: time: invalid duration \"x\""},
        BadCase{{"--ulimit", "x", "a"},
                "invalid argument \"x\" for \"--ulimit\" flag: invalid ulimit argument: x"},
        BadCase{{"--ulimit", "nofile=9:1", "a"},
                "invalid argument \"nofile=9:1\" for \"--ulimit\" flag: ulimit soft limit must be "
                "less than or equal "
                "to hard limit: 9 > 1"},
        BadCase{{"--mount", "foo", "a"},
                "invalid argument \"foo\" for \"--mount\" flag: invalid field 'foo' must be a "
                "key=value pair"},
        BadCase{{"--network", "x=y", "a"},
                "invalid argument \"x=y\" for \"--network\" flag: invalid field key x"},
        BadCase{{"-a", "x", "a"},
                "invalid argument \"x\" for \"-a, --attach\" flag: valid streams are STDIN, STDOUT "
                "and STDERR"},
        BadCase{{"--add-host", "x", "a"},
                "invalid argument \"x\" for \"--add-host\" flag: bad format for add-host: \"x\""},
        BadCase{
            {"--dns", "x", "a"},
            "invalid argument \"x\" for \"--dns\" flag: IP address is not correctly formatted: x"},
        BadCase{{"--sysctl", "x", "a"},
                "invalid argument \"x\" for \"--sysctl\" flag: sysctl 'x' is not allowed"},
        BadCase{{"--device-cgroup-rule", "x", "a"},
                "invalid argument \"x\" for \"--device-cgroup-rule\" flag: invalid device cgroup "
                "format 'x'"},
        BadCase{{"--gpus", "x=y", "a"},
                "invalid argument \"x=y\" for \"--gpus\" flag: unexpected key 'x' in 'x=y'"}));

TEST(CommandTest, EveryFormLeadsToItsCommand) {
  EXPECT_EQ(find_command("ps"), find_command("container ls"));
  EXPECT_EQ(find_command("images"), find_command("image ls"));
  EXPECT_EQ(find_command("rmi"), find_command("image remove"));
  EXPECT_NE(find_command("inspect"), find_command("container inspect"));
  EXPECT_EQ(find_command("container"), nullptr);
}
TEST(CommandTest, EveryCommandIsComplete) {
  for (const Command* command : all_commands()) {
    EXPECT_FALSE(command->name.empty());
    EXPECT_FALSE(command->summary.empty()) << command->name;
    EXPECT_NE(command->run, nullptr) << command->name;
    EXPECT_LE(command->least, command->most) << command->name;
  }
}

}  // namespace
}  // namespace mydock::cli
