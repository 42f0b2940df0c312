#pragma once

#include <memory>
#include <mutex>

#include "engine/container/container.h"
#include "engine/health/health_check.h"
#include "engine/health/probe.h"

namespace mydock::engine {

// Probes one run of a container, from its start until it ends. It has no thread: a timer of the
// reactor and jobs.
class HealthMonitor : public std::enable_shared_from_this<HealthMonitor> {
 public:
  // For a container that runs; nothing, if it has no check. Goes on with the health it has.
  static void begin(Parts& parts, const std::shared_ptr<Container>& container);

  HealthMonitor(Parts& parts, const std::shared_ptr<Container>& container,
                const api::Healthcheck& check, api::Strings command);
  HealthMonitor(const HealthMonitor&) = delete;
  HealthMonitor& operator=(const HealthMonitor&) = delete;
  // No more probes, and no more results.
  void stop();

 private:
  void schedule();
  void probe();
  void take(api::HealthProbe result);
  void act(const RecordPtr& record);
  void set_timer(std::chrono::nanoseconds delay, void (HealthMonitor::*fire)());
  void restart();

  Parts& parts_;
  const std::weak_ptr<Container> container_;
  const std::string id_;
  const HealthTimes times_;
  const api::Strings command_;

  std::mutex mutex_;
  bool stopped_ = false;
  Reactor::Watch timer_;
  std::shared_ptr<Probe> probe_;
};

}  // namespace mydock::engine
