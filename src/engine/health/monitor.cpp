#include "engine/health/monitor.h"

#include "base/error.h"
#include "base/log.h"
#include "engine/container/lifecycle/ending.h"
#include "engine/container/restart_policy.h"

namespace mydock::engine {

void HealthMonitor::begin(Parts& parts, const std::shared_ptr<Container>& container) {
  const RecordPtr record = container->record();
  auto command = probe_command(record->config());
  if (!command) return;
  auto monitor = std::make_shared<HealthMonitor>(parts, container, *record->config().healthcheck,
                                                 std::move(*command));
  bool runs = false;
  std::shared_ptr<HealthMonitor> before = monitor;  // destroyed outside the lock
  container->change([&](Record& changed, Live& live) {
    runs = has_task(changed.status.state);
    if (!runs) return false;  // it has ended already
    std::swap(live.health, before);
    if (changed.status.health) return false;
    changed.status.health = first_health(changed.config());
    return true;
  });
  if (!runs) return;
  if (before) before->stop();
  monitor->schedule();
}

HealthMonitor::HealthMonitor(Parts& parts, const std::shared_ptr<Container>& container,
                             const api::Healthcheck& check, api::Strings command)
    : parts_(parts),
      container_(container),
      id_(container->id()),
      times_(check),
      command_(std::move(command)) {}

void HealthMonitor::stop() {
  Reactor::Watch timer;
  std::shared_ptr<Probe> probe;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    std::swap(timer, timer_);
    std::swap(probe, probe_);
  }
  if (probe) probe->cancel();
}

void HealthMonitor::set_timer(std::chrono::nanoseconds delay, void (HealthMonitor::*fire)()) {
  Reactor::Watch timer = parts_.reactor.after(delay, [self = weak_from_this(), fire] {
    const auto monitor = self.lock();
    if (!monitor || monitor->parts_.stopping.stop_requested()) return;
    monitor->parts_.jobs.run("health check of container " + monitor->id_,
                             [monitor, fire] { ((*monitor).*fire)(); });
  });
  const std::lock_guard lock(mutex_);
  if (!stopped_) std::swap(timer_, timer);
}

void HealthMonitor::schedule() {
  const auto container = container_.lock();
  if (!container) return;
  const RecordPtr record = container->record();
  if (!record->status.health) return;
  set_timer(next_probe(times_, *record->status.health, now() - record->status.started),
            &HealthMonitor::probe);
}

void HealthMonitor::probe() {
  const auto container = container_.lock();
  if (!container) return;
  // While it is paused nothing is asked, and nothing held against it.
  if (container->record()->status.state != State::running) return schedule();
  auto probe = std::make_shared<Probe>(parts_, container,
                                       [self = weak_from_this()](const api::HealthProbe& result) {
                                         if (const auto monitor = self.lock())
                                           monitor->take(result);
                                       });
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    probe_ = probe;
  }
  probe->start(command_, times_.timeout);
}

void HealthMonitor::take(api::HealthProbe result) {
  const auto container = container_.lock();
  if (!container) return;
  bool changed = false;
  const RecordPtr record = container->change([&](Record& next, Live& live) {
    const bool current = live.health.get() == this && has_task(next.status.state);
    if (!current || !next.status.health) return false;
    const std::string before = next.status.health->status;
    take_result(*next.status.health, std::move(result), times_, next.status.started);
    changed = next.status.health->status != before;
    if (next.status.health->status == "healthy") live.unhealthy_delay = {};
    return true;
  });
  std::shared_ptr<Probe> over;  // destroyed outside the lock
  {
    const std::lock_guard lock(mutex_);
    std::swap(over, probe_);
    if (stopped_) return;
  }
  schedule();
  if (!changed) return;
  parts_.store.save_status(*record);
  parts_.events.publish("container", "health_status: " + record->status.health->status, id_,
                        event_attributes(*record));
  if (record->status.health->status == "unhealthy") act(record);
}

// OnUnhealthy. A restart waits a little longer each time, until it was healthy once.
void HealthMonitor::act(const RecordPtr& record) {
  const auto container = container_.lock();
  const std::string& action = record->host_config().on_unhealthy;
  if (!container || action.empty() || action == "none") return;
  log::info("container {} is unhealthy: {}", id_, action);
  if (action == "kill") return begin_ending(parts_, container, Ending::kill);
  if (action == "stop") return begin_ending(parts_, container, Ending::stop);
  const auto delay = container->look([](const Record&, Live& live) {
    return live.unhealthy_delay = next_delay(live.unhealthy_delay, {});
  });
  set_timer(delay, &HealthMonitor::restart);
}

void HealthMonitor::restart() {
  const auto container = container_.lock();
  if (!container) return;
  const bool still = container->look([&](const Record& record, Live& live) {
    return live.health.get() == this && record.status.health &&
           record.status.health->status == "unhealthy";
  });
  if (still) begin_ending(parts_, container, Ending::restart);
}

}  // namespace mydock::engine
