#pragma once

#include <string>
#include <string_view>

#include "cli/command.h"

namespace mydock::cli {

// Docker's layout; flags wrapped at the terminal's width, else 80.
std::string command_help(const Command& command);
std::string group_help(const Group& group);
std::string top_help();
std::string usage_line(const Command& command);  // "Usage:  mydock run [OPTIONS] …"
// pflag's table of flags, with lines of at most `columns`.
std::string flag_table(const Command& command, std::size_t columns);

// The flags in front of the command.
extern const Command kTopCommand;

}  // namespace mydock::cli
