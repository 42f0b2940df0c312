#include "engine/health/probe.h"

#include <sys/socket.h>

#include <array>
#include <csignal>

#include "api/go_time.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/health/health_check.h"

namespace mydock::engine {

namespace {

// How long a killed probe is waited for.
constexpr std::chrono::seconds kPatience{5};

}  // namespace

Probe::Probe(Parts& parts, std::shared_ptr<Container> container, Done done)
    : parts_(parts), container_(std::move(container)), done_(std::move(done)) {}

void Probe::start(const api::Strings& command, std::chrono::nanoseconds timeout) {
  timeout_ = timeout;
  started_ = now();
  try {
    auto [ours, theirs] = make_socketpair(SOCK_STREAM);
    stream_ = std::move(ours);
    api::ExecCreate request;
    request.cmd = command;
    request.attach_stdout = request.attach_stderr = true;
    exec_id_ =
        parts_.execs.create_internal(container_, request, [self = weak_from_this()](int code) {
          if (const auto probe = self.lock()) probe->ended(code);
        });
    arm(timeout, &Probe::time_out);
    parts_.execs.run_internal(exec_id_, std::move(theirs));
  } catch (const Error& error) {  // becomes the result
    return finish({.start = started_, .end = now(), .exit_code = -1, .output = error.message()});
  }
  Reactor::Watch watch = parts_.reactor.watch(stream_, [self = weak_from_this()] {
    if (const auto probe = self.lock()) probe->read();
  });
  const std::lock_guard lock(mutex_);
  std::swap(watch_, watch);
}

void Probe::cancel() {
  Reactor::Watch watch;  // destroyed outside the lock, as the callbacks take it
  Reactor::Watch timer;
  const std::lock_guard lock(mutex_);
  done_ = nullptr;
  std::swap(watch, watch_);
  std::swap(timer, timer_);
}

// On the reactor.
void Probe::read() {
  Reactor::Watch over;
  {
    const std::lock_guard lock(mutex_);
    std::array<std::byte, 16384> buffer;
    while (!output_over_) {
      const ssize_t count = ::recv(stream_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count <= 0) {
        output_over_ = true;
        break;
      }
      take(ConstBytes(buffer).first(static_cast<std::size_t>(count)));
    }
    std::swap(over, watch_);
  }
  finish_if_over();
}

// Under the lock.
void Probe::take(ConstBytes frames) {
  try {
    decoder_.feed(frames, [this](api::StdStream, ConstBytes bytes) {
      const std::size_t room = kLongestHealthOutput - output_.size();
      output_ += as_text(bytes).substr(0, room);
      cut_ = cut_ || bytes.size() > room;
    });
  } catch (const Error& error) {  // the shim has met an error: its text is all that comes
    output_ += error.message().substr(0, kLongestHealthOutput - output_.size());
    output_over_ = true;
  }
}

void Probe::ended(int code) {
  {
    const std::lock_guard lock(mutex_);
    code_ = code;
  }
  finish_if_over();
}

void Probe::arm(std::chrono::nanoseconds delay, void (Probe::*act)()) {
  Reactor::Watch timer = parts_.reactor.after(delay, [this, self = weak_from_this(), act] {
    const auto probe = self.lock();
    if (!probe || parts_.stopping.stop_requested()) return;
    parts_.jobs.run("health check of container " + container_->id(),
                    [probe, act] { ((*probe).*act)(); });
  });
  const std::lock_guard lock(mutex_);
  if (done_) std::swap(timer_, timer);
}

void Probe::time_out() {
  // A frozen process cannot end in time: it is not held against it.
  if (container_->record()->status.state == State::paused) {
    return arm(timeout_, &Probe::time_out);
  }
  {
    const std::lock_guard lock(mutex_);
    if (!done_ || code_) return;
    timed_out_ = true;
  }
  try {
    if (const auto task = container_->task()) task->signal_exec(exec_id_, SIGKILL);
  } catch (const Error& error) {  // it may have ended in this moment
    log::debug("container {}: end a health check: {}", container_->id(), error.message());
  }
  arm(kPatience, &Probe::give_up);
}

void Probe::give_up() {
  {
    const std::lock_guard lock(mutex_);
    if (!code_) code_ = -1;
    output_over_ = true;
  }
  finish_if_over();
}

void Probe::finish_if_over() {
  api::HealthProbe result{.start = started_, .end = now(), .exit_code = 0, .output = {}};
  {
    const std::lock_guard lock(mutex_);
    if (!code_ || !output_over_) return;
    result.exit_code = *code_;
    result.output = output_ + (cut_ ? "..." : "");
    if (timed_out_) {
      result.exit_code = -1;
      std::string text =
          fmt::format("Health check exceeded timeout ({})", api::go_duration(timeout_));
      if (!result.output.empty()) text += ": " + result.output;
      result.output = std::move(text);
    }
  }
  finish(std::move(result));
}

void Probe::finish(api::HealthProbe result) {
  Done done;
  Reactor::Watch watch;  // these two are destroyed outside the lock
  Reactor::Watch timer;
  {
    const std::lock_guard lock(mutex_);
    done = std::exchange(done_, nullptr);
    std::swap(watch, watch_);
    std::swap(timer, timer_);
  }
  if (!done || parts_.stopping.stop_requested()) return;
  parts_.jobs.run("health of container " + container_->id(),
                  [done = std::move(done), result = std::move(result)] { done(result); });
}

}  // namespace mydock::engine
