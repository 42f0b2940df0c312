#pragma once

#include "cli/command.h"

namespace mydock::cli {

// Both commands are described in one place: they have the same hundred flags, but for three.
extern const Command kContainerRun;
extern const Command kContainerCreate;
int run_container(Invocation& call);
int create_command(Invocation& call);

}  // namespace mydock::cli
