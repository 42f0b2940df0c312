#pragma once

#include <memory>
#include <stop_token>

#include "engine/container/container.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

// What stop, kill, restart and remove share.

// The process the container has now.
struct Running {
  std::shared_ptr<runtime::Task> task;
  std::uint64_t exits;  // at this moment: one more means that it has ended
  RecordPtr record;
};

// What a stop sends, and how long it then waits (negative: for ever). Errors: invalid.
int stop_signal(const Record& record, const StopOptions& options);
std::chrono::seconds stop_timeout(const Record& record, const StopOptions& options);
// Sends a signal and tells the event. A paused container is unfrozen, so that it can receive it.
void deliver(Parts& parts, Container& container, const Running& running, int signal);
// Blocks until the process of `running` has ended. False: deadline. Errors: cancelled.
bool wait_ended(Container& container, const Running& running, const std::stop_token& stop,
                Deadline deadline);
// SIGKILL, and waits for the end. Errors: deadline, "tried to kill container, but did not receive
// an exit event".
void kill_and_wait(Parts& parts, Container& container, const Running& running,
                   const std::stop_token& stop);

// True: it was running. `manual`: restart policies do not start it again.
bool stop_container(Parts& parts, const std::shared_ptr<Container>& container,
                    const StopOptions& options, bool manual, const std::stop_token& stop);

}  // namespace mydock::engine
