#include "cli/help.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

TEST(HelpTest, TheTableIsLaidOutAsPflagDoes) {
  EXPECT_EQ(flag_table(*find_command("stop"), 79),
            "  -s, --signal string   Signal to send to the container\n"
            "  -t, --timeout int     Seconds to wait before killing the container\n");
}
TEST(HelpTest, LongTextsAreWrappedUnderTheirColumn) {
  EXPECT_EQ(flag_table(*find_command("exec"), 79),
            "  -d, --detach               Detached mode: run command in the background\n"
            "      --detach-keys string   Override the key sequence for detaching a\n"
            "                             container\n"
            "  -e, --env list             Set environment variables\n"
            "      --env-file list        Read in a file of environment variables\n"
            "  -i, --interactive          Keep STDIN open even if not attached\n"
            "      --privileged           Give extended privileges to the command\n"
            "  -t, --tty                  Allocate a pseudo-TTY\n"
            "  -u, --user string          Username or UID (format:\n"
            "                             \"<name|uid>[:<group|gid>]\")\n"
            "  -w, --workdir string       Working directory inside the container\n");
}
TEST(HelpTest, ACommandShowsItsUsageAndAliases) {
  EXPECT_TRUE(command_help(*find_command("pause"), "pause")
                  .starts_with("Usage:  mydock pause CONTAINER [CONTAINER...]\n\n"
                               "Pause all processes within one or more containers\n\n"
                               "Aliases:\n  mydock container pause, mydock pause\n"));
}
TEST(HelpTest, AGroupListsItsVerbs) {
  const std::string help = group_help(*find_group("image"));
  EXPECT_NE(help.find("  ls          List images\n"), std::string::npos);
  EXPECT_EQ(help.find("stop"), std::string::npos);
}

}  // namespace
}  // namespace mydock::cli
