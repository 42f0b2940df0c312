#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/container.h"
#include "api/stream.h"
#include "base/fd.h"
#include "base/reactor.h"
#include "engine/parts.h"

namespace mydock::engine {

// One run of a health check: a process in the container, its output and its end. No thread waits
// for it.
class Probe : public std::enable_shared_from_this<Probe> {
 public:
  using Done = std::function<void(api::HealthProbe)>;
  Probe(Parts& parts, std::shared_ptr<Container> container, Done done);
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // Call once, on a job. `done` is called once, on a job, with the result; a process that has not
  // ended after `timeout` is killed.
  void start(const api::Strings& command, std::chrono::nanoseconds timeout);
  // `done` is not called any more.
  void cancel();

 private:
  void read();
  void take(ConstBytes frames);
  void ended(int code);
  void arm(std::chrono::nanoseconds delay, void (Probe::*act)());
  void time_out();
  void give_up();
  void finish_if_over();
  void finish(api::HealthProbe result);

  Parts& parts_;
  const std::shared_ptr<Container> container_;
  Fd stream_;
  std::string exec_id_;
  std::chrono::nanoseconds timeout_{};
  Time started_{};

  std::mutex mutex_;
  Done done_;
  api::FrameDecoder decoder_;
  std::string output_;
  bool cut_ = false;  // there was more output than is kept
  bool output_over_ = false;
  bool timed_out_ = false;
  std::optional<int> code_;
  Reactor::Watch watch_;
  Reactor::Watch timer_;
};

}  // namespace mydock::engine
