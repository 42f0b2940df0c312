#pragma once

#include <memory>

#include "engine/container/container.h"
#include "engine/parts.h"

namespace mydock::engine {

// From now on, the end of `task` is the container's.
void watch_task(Parts& parts, const std::shared_ptr<Container>& container,
                const std::shared_ptr<runtime::Task>& task);
// Health checks and RunTimeout of the run that has begun.
void watch_run(Parts& parts, const std::shared_ptr<Container>& container);
// What the shim tells unasked, for a container.
runtime::TaskEvents task_events(Parts& parts, const std::shared_ptr<Container>& container);

// The process has ended: record, networks, state, events; then restart or removal as its policy
// says. `found`: how it ended; no value: unknown (255).
void settle_exit(Parts& parts, const std::shared_ptr<Container>& container,
                 const std::optional<runtime::Exit>& found);
// When the daemon ends: no more callbacks for this container; its process and shim go on.
void let_go(Container& container);
// Starts it again after `delay`, unless it is stopped meanwhile.
void restart_after(Parts& parts, const std::shared_ptr<Container>& container,
                   std::chrono::milliseconds delay);

}  // namespace mydock::engine
