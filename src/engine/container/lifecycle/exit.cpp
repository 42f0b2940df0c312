#include "engine/container/lifecycle/exit.h"

#include <csignal>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/container/lifecycle/ending.h"
#include "engine/container/lifecycle/networking.h"
#include "engine/container/lifecycle/remove.h"
#include "engine/container/lifecycle/start.h"
#include "engine/container/lifecycle/volume_events.h"
#include "engine/container/restart_policy.h"
#include "engine/health/monitor.h"

namespace mydock::engine {

namespace {

std::chrono::nanoseconds run_time(const Status& status) { return status.finished - status.started; }

// What follows from an exit.
struct Sequel {
  bool restart = false;
  bool remove = false;
  std::chrono::milliseconds delay{0};
};

// Under the container's lock.
Sequel record_exit(Record& record, Live& live, const runtime::Exit& exit) {
  Sequel sequel;
  Status& status = record.status;
  status.pid = 0;
  status.exit_code = exit.code;
  status.oom_killed = exit.oom_killed;
  status.finished = exit.at == Time{} ? now() : exit.at;
  clear_addresses(status);
  if (!live.user_restart) {
    sequel.restart = should_restart(record.host_config().restart_policy,
                                    {.exit_code = exit.code,
                                     .restart_count = status.restart_count,
                                     .manually_stopped = status.manually_stopped,
                                     .daemon_start = false});
    sequel.remove = record.auto_remove() && !sequel.restart;
  }
  const bool again = live.ending == Ending::restart && !status.manually_stopped;
  if (again && !live.user_restart) {
    sequel = {.restart = true, .remove = false, .delay = {}};
    ++status.restart_count;
  } else if (sequel.restart) {
    sequel.delay = next_delay(live.delay, run_time(status));
    live.delay = sequel.delay;
    ++status.restart_count;
  }
  status.state = sequel.restart ? State::restarting : State::exited;
  // As Docker has it: what is not watched is not well.
  if (status.health) status.health->status = "unhealthy";
  ++live.exits;
  live.settling = true;
  return sequel;
}

void publish_die(Parts& parts, const Record& record) {
  Attributes attributes = event_attributes(record);
  attributes["exitCode"] = std::to_string(record.status.exit_code);
  attributes["execDuration"] = std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(run_time(record.status)).count());
  parts.events.publish("container", "die", record.id(), std::move(attributes));
}

// What belongs to one run only; destroyed outside the container's lock.
struct Ended {
  std::shared_ptr<runtime::Task> task;
  Reactor::Watch watch;
  Reactor::Watch kill_timer;
  Reactor::Watch run_timer;
  std::shared_ptr<HealthMonitor> health;
  std::optional<Ending> ending;
};

Ended take_run(Live& live) {
  return {.task = std::move(live.task),
          .watch = std::move(live.exit_watch),
          .kill_timer = std::move(live.kill_timer),
          .run_timer = std::move(live.run_timer),
          .health = std::exchange(live.health, nullptr),
          .ending = std::exchange(live.ending, std::nullopt)};
}

void clear_run(Parts& parts, const Record& record, bool removing) {
  parts.execs.container_stopped(record.id());
  // Its row goes in a moment anyway.
  if (!removing) parts.store.save_status(record);
  failpoint("exit.stored");
  remove_tree(parts.paths.bundle(record.id()));
}

void end_settling(Container& container) {
  container.change([](Record&, Live& live) { live.settling = false; });
}

void follow(Parts& parts, const std::shared_ptr<Container>& container, const Sequel& sequel) {
  if (sequel.restart) restart_after(parts, container, sequel.delay);
  if (!sequel.remove) return;
  try {
    remove_container(parts, container, {.force = false, .volumes = true, .link = false});
  } catch (const Error& error) {  // nobody waits for this job
    log::warn("container {}: not removed after its end: {}", container->id(), error.what());
  }
}

}  // namespace

void settle_exit(Parts& parts, const std::shared_ptr<Container>& container,
                 const std::optional<runtime::Exit>& found) {
  runtime::Exit exit = found.value_or(runtime::Exit{});
  // As containerd: a shim that died before our eyes took its container with it.
  if (!found && container->task()) exit.code = 128 + SIGKILL;
  const RecordPtr before = container->record();
  if (exit.log_dropped > 0) {
    log::warn("container {}: {} bytes of its output are in no log", container->id(),
              exit.log_dropped);
  }
  if (!found) parts.tasks.clean(parts.paths.bundle(container->id()));
  Sequel sequel;
  bool claimed = false;
  Ended ended;
  const RecordPtr after = container->change([&](Record& record, Live& live) {
    if (!has_task(record.status.state)) return false;
    claimed = true;
    sequel = record_exit(record, live, exit);
    ended = take_run(live);
    return true;
  });
  if (!claimed) return;
  failpoint("exit.seen");
  if (ended.health) ended.health->stop();
  publish_die(parts, *after);
  if (ended.ending == Ending::stop) {
    parts.events.publish("container", "stop", after->id(), event_attributes(*after));
  }
  disconnect_networks(parts, *before);
  failpoint("exit.disconnected");
  publish_volume_events(parts, *after, "unmount");
  clear_run(parts, *after, sequel.remove);
  failpoint("exit.cleared");
  end_settling(*container);
  follow(parts, container, sequel);
}

void watch_task(Parts& parts, const std::shared_ptr<Container>& container,
                const std::shared_ptr<runtime::Task>& task) {
  Reactor::Watch watch = parts.reactor.watch_once(task->exited(), [&parts, container] {
    if (parts.stopping.stop_requested()) return;  // the next daemon reads the exit record
    parts.jobs.run("exit of container " + container->id(), [&parts, container] {
      settle_exit(parts, container, parts.tasks.exit_record(parts.paths.bundle(container->id())));
    });
  });
  container->look([&](const Record&, Live& live) { std::swap(live.exit_watch, watch); });
}

void let_go(Container& container) {
  Live gone;  // destroyed outside the lock
  container.look([&](const Record&, Live& live) {
    std::swap(gone.exit_watch, live.exit_watch);
    std::swap(gone.restart_timer, live.restart_timer);
    std::swap(gone.kill_timer, live.kill_timer);
    std::swap(gone.run_timer, live.run_timer);
    std::swap(gone.health, live.health);
    std::swap(gone.task, live.task);
  });
  if (gone.health) gone.health->stop();
}

void watch_run(Parts& parts, const std::shared_ptr<Container>& container) {
  HealthMonitor::begin(parts, container);
  arm_run_timeout(parts, container);
}

runtime::TaskEvents task_events(Parts& parts, const std::shared_ptr<Container>& container) {
  runtime::TaskEvents events;
  events.on_oom = [&parts, container] {
    const RecordPtr record = container->record();
    parts.events.publish("container", "oom", record->id(), event_attributes(*record));
  };
  events.on_exec_exit = [&parts](const std::string& id, int code) {
    parts.execs.finished(id, code);
  };
  events.on_detach = [&parts, container](const std::string& process) {
    const RecordPtr record = container->record();
    Attributes attributes = event_attributes(*record);
    if (!process.empty()) attributes["execID"] = process;
    parts.events.publish("container", process.empty() ? "detach" : "exec_detach", record->id(),
                         std::move(attributes));
  };
  return events;
}

void restart_after(Parts& parts, const std::shared_ptr<Container>& container,
                   std::chrono::milliseconds delay) {
  Reactor::Watch timer = parts.reactor.after(delay, [&parts, container] {
    if (parts.stopping.stop_requested()) return;
    parts.jobs.run("restart of container " + container->id(), [&parts, container] {
      start_container(parts, container, StartCause::restart_policy, parts.stopping);
    });
  });
  container->look([&](const Record&, Live& live) { std::swap(live.restart_timer, timer); });
}

}  // namespace mydock::engine
