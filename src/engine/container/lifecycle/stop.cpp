#include "engine/container/lifecycle/stop.h"

#include <csignal>

#include "base/error.h"
#include "base/failpoint.h"
#include "engine/container/lifecycle/start.h"
#include "engine/container/signals.h"

namespace mydock::engine {

namespace {

constexpr std::chrono::seconds kDefaultTimeout{10};
constexpr std::chrono::seconds kKillPatience{10};

// What a stop finds. Of a container that waits to be restarted it ends the wait.
struct Found {
  enum class What { nothing, task, restarting } what = What::nothing;
  Running running;
};

Found find_running(Container& container, bool manual) {
  Found found;
  Reactor::Watch timer;  // destroyed outside the lock
  const RecordPtr record = container.change([&](Record& r, Live& live) {
    if (!is_running(r.status.state)) return false;
    r.status.manually_stopped = r.status.manually_stopped || manual;
    live.user_restart = !manual;
    if (r.status.state == State::restarting) {
      found.what = Found::What::restarting;
      timer = std::move(live.restart_timer);
      r.status.state = State::exited;
    } else {
      found.what = Found::What::task;
      found.running.task = live.task;
    }
    found.running.exits = live.exits;
    return true;
  });
  found.running.record = record;
  return found;
}

// While `restart` is under way, the end of the process is not an end for policies and AutoRemove.
class RestartMark {
 public:
  explicit RestartMark(Container& container) : container_(container) {}
  ~RestartMark() { clear(); }
  RestartMark(const RestartMark&) = delete;
  RestartMark& operator=(const RestartMark&) = delete;
  void clear() {
    container_.look([](const Record&, Live& live) { live.user_restart = false; });
  }

 private:
  Container& container_;
};

void publish(Parts& parts, const Record& record, std::string_view action) {
  parts.events.publish("container", action, record.id(), event_attributes(record));
}

void signal_and_wait(Parts& parts, Container& container, const Running& running,
                     const StopOptions& options, const std::stop_token& stop) {
  deliver(parts, container, running, stop_signal(*running.record, options));
  const std::chrono::seconds timeout = stop_timeout(*running.record, options);
  const Deadline deadline = timeout.count() < 0 ? Deadline() : deadline_after(timeout);
  if (wait_ended(container, running, stop, deadline)) return;
  kill_and_wait(parts, container, running, stop);
}

}  // namespace

int stop_signal(const Record& record, const StopOptions& options) {
  std::string name = options.signal.value_or(std::string());
  if (name.empty()) name = record.config().stop_signal;
  if (name.empty()) return SIGTERM;
  const auto signal = parse_signal(name);
  if (!signal) fail(Kind::invalid, "invalid signal: {}", name);
  return *signal;
}

std::chrono::seconds stop_timeout(const Record& record, const StopOptions& options) {
  if (options.timeout) return *options.timeout;
  if (record.config().stop_timeout) return std::chrono::seconds(*record.config().stop_timeout);
  return kDefaultTimeout;
}

void deliver(Parts& parts, Container& container, const Running& running, int signal) {
  if (!running.task) fail_not_running(*running.record);
  running.task->signal(signal, false);
  const RecordPtr now = container.record();
  if (now->status.state == State::paused) {
    running.task->resume();
    container.change([](Record& record, Live&) {
      if (record.status.state != State::paused) return false;
      record.status.state = State::running;
      return true;
    });
  }
  Attributes attributes = event_attributes(*now);
  attributes["signal"] = std::to_string(signal);
  parts.events.publish("container", "kill", now->id(), std::move(attributes));
}

bool wait_ended(Container& container, const Running& running, const std::stop_token& stop,
                Deadline deadline) {
  return container.wait(
      [&](const Record&, const Live& live) { return live.exits != running.exits; }, stop, deadline);
}

void kill_and_wait(Parts& parts, Container& container, const Running& running,
                   const std::stop_token& stop) {
  try {
    deliver(parts, container, running, SIGKILL);
  } catch (const Error& error) {  // it may have ended by itself in this moment
    if (error.kind() != Kind::conflict && error.kind() != Kind::unavailable) throw;
  }
  if (wait_ended(container, running, stop, deadline_after(kKillPatience))) return;
  fail(Kind::deadline, "tried to kill container, but did not receive an exit event");
}

bool stop_container(Parts& parts, const std::shared_ptr<Container>& container,
                    const StopOptions& options, bool manual, const std::stop_token& stop) {
  stop_signal(*container->record(), options);  // a bad one is refused whatever the state
  container->wait([](const Record& r, const Live&) { return r.status.state != State::starting; },
                  stop);
  const Found found = find_running(*container, manual);
  if (found.what == Found::What::nothing) return false;
  if (found.what == Found::What::task) {
    signal_and_wait(parts, *container, found.running, options, stop);
  }
  const RecordPtr after = container->record();
  publish(parts, *after, "stop");
  parts.store.save_status(*after);
  failpoint("stop.intent");
  return true;
}

bool Containers::stop(std::string_view ref, const StopOptions& options,
                      const std::stop_token& stop) {
  return stop_container(parts_, get(ref), options, true, stop);
}

void Containers::restart(std::string_view ref, const StopOptions& options,
                         const std::stop_token& stop) {
  const std::shared_ptr<Container> container = get(ref);
  in_context(fmt::format("Cannot restart container {}", ref), [&] {
    RestartMark mark(*container);
    stop_container(parts_, container, options, false, stop);
    mark.clear();
    start_container(parts_, container, StartCause::user, stop);
  });
  const RecordPtr record = container->record();
  publish(parts_, *record, "restart");
}

}  // namespace mydock::engine
