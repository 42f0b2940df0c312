#include "engine/container/lifecycle/ending.h"

#include <algorithm>
#include <csignal>

#include "base/error.h"
#include "base/log.h"
#include "engine/container/lifecycle/stop.h"

namespace mydock::engine {

namespace {

// Its process may end by itself in this moment.
void deliver_if_there(Parts& parts, Container& container, const Running& running, int signal) {
  try {
    deliver(parts, container, running, signal);
  } catch (const Error& error) {
    if (error.kind() != Kind::conflict && error.kind() != Kind::unavailable) throw;
  }
}

std::uint64_t exits_of(Container& container) {
  return container.look([](const Record&, Live& live) { return live.exits; });
}

void kill_after(Parts& parts, const std::shared_ptr<Container>& container, const Running& running,
                std::chrono::seconds timeout) {
  Reactor::Watch timer = parts.reactor.after(timeout, [&parts, container, running] {
    if (parts.stopping.stop_requested()) return;
    parts.jobs.run("kill of container " + container->id(), [&parts, container, running] {
      if (exits_of(*container) != running.exits) return;
      deliver_if_there(parts, *container, running, SIGKILL);
    });
  });
  container->look([&](const Record&, Live& live) {
    if (live.exits == running.exits) std::swap(live.kill_timer, timer);
  });
}

}  // namespace

void begin_ending(Parts& parts, const std::shared_ptr<Container>& container, Ending ending) {
  Running running;
  running.record = container->change([&](Record& record, Live& live) {
    if (!has_task(record.status.state)) return false;
    if (ending == Ending::stop) record.status.manually_stopped = true;
    live.ending = ending;
    running.task = live.task;
    running.exits = live.exits;
    return true;
  });
  if (!running.task) return;
  if (ending == Ending::kill) return deliver_if_there(parts, *container, running, SIGKILL);
  deliver_if_there(parts, *container, running, stop_signal(*running.record, {}));
  const std::chrono::seconds timeout = stop_timeout(*running.record, {});
  if (timeout.count() >= 0) kill_after(parts, container, running, timeout);
}

void arm_run_timeout(Parts& parts, const std::shared_ptr<Container>& container) {
  const RecordPtr record = container->record();
  const std::int64_t seconds = record->host_config().run_timeout;
  if (seconds <= 0) return;
  bool runs = false;
  std::uint64_t exits = 0;
  Time started{};
  container->look([&](const Record& current, Live& live) {
    runs = has_task(current.status.state);
    exits = live.exits;
    started = current.status.started;
  });
  if (!runs) return;
  const std::chrono::nanoseconds left = started + std::chrono::seconds(seconds) - now();
  Reactor::Watch timer =
      parts.reactor.after(std::max(left, std::chrono::nanoseconds(0)), [&parts, container, exits] {
        if (parts.stopping.stop_requested()) return;
        parts.jobs.run("timeout of container " + container->id(), [&parts, container, exits] {
          if (exits_of(*container) != exits) return;
          log::info("container {} has run for as long as it may", container->id());
          begin_ending(parts, container, Ending::stop);
        });
      });
  container->look([&](const Record&, Live& live) {
    if (live.exits == exits) std::swap(live.run_timer, timer);
  });
}

}  // namespace mydock::engine
