#pragma once

#include "engine/container/container.h"
#include "engine/parts.h"

namespace mydock::engine {

// Ends a container's process without waiting for it, for what the daemon does by itself: the stop
// signal and, after the container's timeout, SIGKILL. `stop`: it stays stopped. `restart`: it is
// started again, whatever its restart policy says. `kill`: SIGKILL, and the policy decides.
void begin_ending(Parts& parts, const std::shared_ptr<Container>& container, Ending ending);
// RunTimeout: ends the container when it has run for so long, counted from its start.
void arm_run_timeout(Parts& parts, const std::shared_ptr<Container>& container);

}  // namespace mydock::engine
