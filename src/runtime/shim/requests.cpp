#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "runtime/shim/container.h"
#include "runtime/shim/exec_process.h"

namespace mydock::runtime::shim {

namespace {

std::string_view word_of(Status status) {
  switch (status) {
    case Status::creating:
      return "creating";
    case Status::created:
      return "created";
    case Status::running:
      return "running";
    case Status::paused:
      return "paused";
    case Status::stopped:
      break;
  }
  return "stopped";
}

void send_signal(const Fd& pidfd, int number) {
  const long rc = ::syscall(SYS_pidfd_send_signal, pidfd.get(), number, nullptr, 0);
  if (rc < 0 && errno == ESRCH) fail(Kind::conflict, "container is not running");
  check(rc, "send signal {}", number);
}

}  // namespace

Attach from_wire(const WireAttach& wire) {
  return {.stdin_open = wire.stdin_open,
          .stdout_open = wire.stdout_open,
          .stderr_open = wire.stderr_open,
          .detach_keys = from_hex(wire.detach_keys),
          .pending_input = from_hex(wire.pending_input)};
}

void Container::require_running() const {
  if (status_ == Status::paused) fail(Kind::conflict, "container is paused");
  if (status_ != Status::running) fail(Kind::conflict, "container is not running");
}

Container::ExecProcess* Container::find_exec(const std::string& id) {
  const auto found = execs_.find(id);
  return found == execs_.end() ? nullptr : found->second.get();
}

ProcessIo& Container::io_of(const std::string& process) {
  if (process.empty()) return *io_;
  ExecProcess* exec = find_exec(process);
  if (exec == nullptr) fail(Kind::not_found, "no such exec: {}", process);
  return *exec->io;
}

void Container::signal(const Request& request) {
  if (status_ == Status::stopped) fail(Kind::conflict, "container is not running");
  if (!request.process.empty()) {
    const ExecProcess* exec = find_exec(request.process);
    if (exec == nullptr || !exec->running) fail(Kind::not_found, "no such exec");
    send_signal(exec->child.pidfd, request.signal);
    return;
  }
  if (request.all) {
    cgroup_->signal_all(request.signal);
    return;
  }
  send_signal(init_.pidfd, request.signal);
  // A v1 freezer keeps even SIGKILL waiting; the v2 one does not.
  if (request.signal == SIGKILL && status_ == Status::paused) cgroup_->set_frozen(false);
}

void Container::pause() {
  require_running();
  cgroup_->set_frozen(true);
  status_ = Status::paused;
}

void Container::resume() {
  if (status_ != Status::paused) fail(Kind::conflict, "container is not paused");
  cgroup_->set_frozen(false);
  status_ = Status::running;
}

void Container::resize(const Request& request) {
  if (status_ == Status::stopped) fail(Kind::conflict, "container is not running");
  io_of(request.process).resize(request.rows, request.columns);
}

void Container::update(const Request& request) {
  if (status_ == Status::stopped) fail(Kind::conflict, "container is not running");
  if (!request.resources) fail(Kind::invalid, "update without resources");
  if (!request.resources->devices.empty()) {
    fail(Kind::not_implemented, "device rules of a running container cannot be changed");
  }
  cgroup_->update(host_, *request.resources);
}

void Container::attach(const Request& request, Fd stream) {
  if (!stream) fail(Kind::invalid, "attach without a stream");
  if (status_ == Status::stopped) fail(Kind::conflict, "container is not running");
  io_of(request.process).attach(from_wire(request.attach), std::move(stream));
}

Message Container::state() const {
  Message answer{.pid = init_.pid, .status = std::string(word_of(status_)), .oom_killed = oom_};
  if (status_ == Status::stopped) answer.code = exit_.code;
  answer.execs.assign(ended_.begin(), ended_.end());
  for (const auto& [id, exec] : execs_) {
    if (!exec->failed) answer.execs.push_back({id, exec->child.pid, exec->running, exec->code});
  }
  return answer;
}

Message Container::pids() const {
  Message answer;
  answer.pids = cgroup_->pids();
  return answer;
}

}  // namespace mydock::runtime::shim
