#pragma once

#include <sys/types.h>

namespace mydock::runtime::init {

// For --init. Forks: returns in the child, which goes on to execute the container's program in a
// process group of its own (the terminal's foreground, if there is one). The parent stays pid 1: it
// forwards signals to the child, reaps, closes `channel`, and exits as the child did.
void start_under_reaper(int channel);

}  // namespace mydock::runtime::init
