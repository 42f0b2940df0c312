#include <poll.h>
#include <signal.h>

#include "base/error.h"
#include "runtime/init/run_init.h"
#include "runtime/shim/container.h"
#include "runtime/shim/exec_process.h"
#include "runtime/shim/hooks.h"

namespace mydock::runtime::shim {

namespace {
constexpr std::size_t kMostEnded = 256;
// How long a client's stream waits for the daemon to have noted the exit code.
constexpr std::chrono::milliseconds kAcknowledge{500};
}  // namespace

void Container::exec(const Request& request, Fd stream, Reply reply) {
  require_running();
  if (!request.exec) fail(Kind::invalid, "exec without a process");
  if (request.process.empty() || find_exec(request.process) != nullptr) {
    fail(Kind::conflict, "exec {} exists already", request.process);
  }
  auto exec = std::make_unique<ExecProcess>();
  exec->id = request.process;
  exec->process = *request.exec;
  exec->user = request.user;
  exec->reply = std::move(reply);
  const bool terminal = exec->process.terminal;
  exec->io = std::make_unique<ProcessIo>(
      loop_, ProcessIo::Options{.terminal = terminal,
                                .open_stdin = request.attach.stdin_open && stream,
                                .close_stdin_at_end = true,
                                .detach_keys = options_.detach_keys});
  exec->io->on_detach([this, id = exec->id] { tell_({.event = "detach", .process = id}); });
  if (runtime_) return exec_by_runtime(std::move(exec), request, std::move(stream));
  ProcessIo::ChildEnds ends;
  if (!terminal) {
    ends = exec->io->make_pipes(host_uid(spec_.linux, exec->process.user.uid), !stream);
  }
  if (request.rows != 0) exec->io->resize(request.rows, request.columns);
  if (stream) exec->io->attach(from_wire(request.attach), std::move(stream));
  {
    const init::ChildPidNamespace inside(init_.pidfd);
    exec->child = spawn(0, cgroup_->unified_fd(), [&](int channel) {
      init::run_exec({.spec = spec_,
                      .process = exec->process,
                      .options = options_,
                      .bundle = bundle_,
                      .user = exec->user,
                      .cgroups = {},
                      .cgroup_path = cgroup_->path(),
                      .channel = channel,
                      .stdio = {ends.in.get(), ends.out.get(), ends.err.get()},
                      .join_cgroups = [this] { cgroup_->join_self(); }},
                     init_.pidfd.get());
    });
  }
  ExecProcess& started = *exec;
  execs_.emplace(exec->id, std::move(exec));
  started.channel_watch = loop_.watch(started.child.channel.get(), POLLIN,
                                      [this, &started](short) { on_exec_channel(started); });
  try {
    init::send_op(started.child.channel.get(), "go");
  } catch (const Error& error) {
    ::kill(started.child.pid, SIGKILL);
    fail_exec(started, error);
  }
}

void Container::on_exec_channel(ExecProcess& exec) {
  if (!exec.child.channel) return;
  auto packet = init::receive_message(exec.child.channel.get());
  if (packet && packet->message.op == "tty") {
    exec.io->set_terminal(std::move(packet->fd));
    return;
  }
  if (packet && packet->message.op == "warning") {
    report(packet->message.message);
    return;
  }
  if (packet && packet->message.op == "error") {
    fail_exec(exec, init::to_error(packet->message));
    return;
  }
  exec.channel_watch.cancel();
  exec.child.channel.reset();
  if (exec.reply) std::exchange(exec.reply, nullptr)({.pid = exec.child.pid});
}

void Container::fail_exec(ExecProcess& exec, const Error& error) {
  exec.channel_watch.cancel();
  exec.child.channel.reset();
  exec.failed = true;
  Message answer;
  answer.error = to_wire(error);
  if (exec.reply) std::exchange(exec.reply, nullptr)(answer);
}

void Container::on_exec_exit(ExecProcess& exec, int code) {
  // Several packets may wait: terminal, warning, error; the end comes last.
  for (int i = 0; i < 4 && exec.child.channel; ++i) on_exec_channel(exec);
  exec.code = code;
  exec.io->drain([this, &exec] {
    exec.running = false;
    const Message event{.event = "exec_exit", .process = exec.id, .code = exec.code};
    // Its client asks for the exit code as soon as the stream ends: the daemon must know it then.
    if (!exec.failed && tell_(event)) {
      exec.ack_timer = loop_.after(kAcknowledge, [this, &exec] { close_exec(exec); });
    } else {
      close_exec(exec);
    }
    maybe_finish();
  });
}

void Container::acknowledge(const std::string& process) {
  ExecProcess* exec = find_exec(process);
  if (exec != nullptr && exec->ack_timer) close_exec(*exec);
}

void Container::close_exec(ExecProcess& exec) {
  exec.ack_timer.cancel();
  exec.io->close_clients([this, id = exec.id] { forget_exec(id); });
}

void Container::forget_exec(const std::string& id) {
  const auto found = execs_.find(id);
  if (found == execs_.end()) return;
  const ExecProcess& exec = *found->second;
  if (!exec.failed) {
    ended_.push_back({exec.id, exec.child.pid, false, exec.code});
    if (ended_.size() > kMostEnded) ended_.pop_front();
  }
  execs_.erase(found);
  maybe_finish();
}

}  // namespace mydock::runtime::shim
