#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace mydock::cli {

// Docker's layout; flags wrapped at the terminal's width, else 80.
// `name` is how the command was called: "stop", "container stop".
std::string command_help(const Command& command, std::string_view name);
std::string group_help(const Group& group);
std::string top_help();
std::string usage_line(const Command& command, std::string_view name);  // "Usage:  mydock run …"
// The verb's own name in this group ("" is the top), without the group: "ls" for "container ps".
std::string_view verb_in(const Command& command, std::string_view group);
// pflag's table of flags, with lines of at most `columns`.
std::string flag_table(const Command& command, std::size_t columns);

// The flags in front of the command.
extern const Command kTopCommand;

}  // namespace mydock::cli
