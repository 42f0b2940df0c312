#include <csignal>

#include "base/error.h"
#include "engine/container/lifecycle/stop.h"
#include "engine/container/signals.h"

namespace mydock::engine {

namespace {

// Docker counts a kill as "stopped by hand" for KILL and for the stop signal, and, when the
// container names no stop signal, for every signal.
bool counts_as_stop(const Record& record, int signal) {
  if (signal == SIGKILL || record.config().stop_signal.empty()) return true;
  return parse_signal(record.config().stop_signal) == signal;
}

int require_signal(std::string_view text) {
  if (const auto number = parse_signal(text)) return *number;
  const bool counted = text.find_first_not_of("0123456789") == std::string_view::npos &&
                       text.find_first_not_of('0') != std::string_view::npos;
  if (counted) fail(Kind::invalid, "the linux daemon does not support signal {}", text);
  fail(Kind::invalid, "invalid signal: {}", text);
}

struct Target {
  bool cancelled_restart = false;
  Running running;
};

Target find_target(Container& container, int signal) {
  Target target;
  Reactor::Watch timer;  // destroyed outside the lock
  target.running.record = container.change([&](Record& record, Live& live) {
    const State state = record.status.state;
    if (!is_running(state)) fail_not_running(record);
    if (counts_as_stop(record, signal)) record.status.manually_stopped = true;
    if (state == State::restarting) {
      target.cancelled_restart = true;
      timer = std::move(live.restart_timer);
      record.status.state = State::exited;
    }
    target.running.task = live.task;
    target.running.exits = live.exits;
  });
  return target;
}

}  // namespace

void Containers::kill(std::string_view ref, std::string_view signal, const std::stop_token& stop) {
  in_context(fmt::format("cannot kill container: {}", ref), [&] {
    const int number = signal.empty() ? SIGKILL : require_signal(signal);
    const std::shared_ptr<Container> container = get(ref);
    container->wait([](const Record& r, const Live&) { return r.status.state != State::starting; },
                    stop);
    const Target target = find_target(*container, number);
    if (target.cancelled_restart) {
      parts_.store.save_status(*target.running.record);
    } else if (number == SIGKILL) {
      kill_and_wait(parts_, *container, target.running, stop);
    } else {
      deliver(parts_, *container, target.running, number);
    }
  });
}

}  // namespace mydock::engine
