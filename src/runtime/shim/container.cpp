#include "runtime/shim/container.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/init/run_init.h"
#include "runtime/shim/detached_mounts.h"
#include "runtime/shim/exec_process.h"
#include "runtime/shim/exit_record.h"
#include "runtime/shim/hooks.h"
#include "runtime/shim/log/make_log.h"
#include "runtime/shim/options.h"
#include "runtime/shim/spec_text.h"

namespace mydock::runtime::shim {

namespace {

constexpr std::chrono::seconds kRemoveGroup{5};

Deadline soon() { return deadline_after(kRemoveGroup); }

}  // namespace

Container::Container(Loop& loop, fs::path bundle, std::function<bool(const Message&)> tell)
    : loop_(loop), bundle_(std::move(bundle)), tell_(std::move(tell)) {}

Container::~Container() = default;

void Container::create() {
  if (const auto text = find_file(bundle_ / kOptionsName)) {
    options_ = from_json<TaskOptions>(*text);
  }
  if (options_.runtime) return create_by_runtime();
  std::string spec = read_file(bundle_ / kSpecName);
  if (!options_.seccomp_program.empty()) drop_object(spec, "seccomp");
  spec_ = oci::parse_spec(spec);
  if (!spec_.process) fail(Kind::invalid, "config.json names no process");
  host_ = CgroupHost::detect();
  log_ = make_log(loop_, options_.log);
  // Hooks find the rules in force, and may change them.
  const bool rules_later = !spec_.hooks;
  cgroup_ = std::make_unique<Cgroup>(
      Cgroup::create(host_, spec_.linux.cgroups_path, spec_.linux.resources,
                     rules_later ? Cgroup::Devices::later : Cgroup::Devices::now));
  try {
    oom_fd_ = cgroup_->watch_oom();
    if (oom_fd_) oom_watch_ = loop_.watch(oom_fd_.get(), POLLIN, [this](short) { on_oom(); });
    spawn_init();
    if (rules_later) cgroup_->restrict_devices(spec_.linux.resources.devices);
    await_created();
  } catch (...) {
    undo_create();
    throw;
  }
  status_ = Status::created;
}

std::unique_ptr<ProcessIo> Container::make_io(const oci::Process& process) {
  auto io = std::make_unique<ProcessIo>(
      loop_, ProcessIo::Options{.terminal = process.terminal,
                                .open_stdin = options_.open_stdin,
                                .close_stdin_at_end = options_.stdin_once,
                                .detach_keys = options_.detach_keys,
                                .log = log_.get()});
  io->on_detach([this] { tell_({.event = "detach"}); });
  if (process.terminal) io->resize(options_.console_rows, options_.console_columns);
  return io;
}

void Container::spawn_init() {
  const oci::Process& process = *spec_.process;
  io_ = make_io(process);
  ProcessIo::ChildEnds ends;
  if (!process.terminal) {
    ends = io_->make_pipes(host_uid(spec_.linux, process.user.uid), false);
  }
  {
    const init::DetachedMounts detached = make_detached_mounts(spec_, options_, bundle_);
    const init::ChildPidNamespace inside(spec_);
    init_ = shim::spawn_init(spec_, cgroup_->unified_fd(), [&](int channel) {
      init::run_init({.spec = spec_,
                      .process = process,
                      .options = options_,
                      .bundle = bundle_,
                      .user = options_.user,
                      .cgroups = cgroup_->hierarchies(),
                      .cgroup_path = cgroup_->path(),
                      .detached = &detached,
                      .channel = channel,
                      .stdio = {ends.in.get(), ends.out.get(), ends.err.get()},
                      .join_cgroups = joins_by_itself(spec_) ? [this] { cgroup_->join_self(); }
                                                             : std::function<void()>(),
                      .run_hooks = hooks_of_init(spec_, bundle_.filename(), bundle_)});
    });
  }
  write_id_maps(init_.pid, spec_.linux);
  if (!joins_by_itself(spec_)) cgroup_->join(init_.pid, false);
  if (spec_.hooks) {
    const std::string state =
        hook_state(spec_, bundle_.filename().native(), bundle_, "creating", init_.pid);
    run_hooks(spec_.hooks->prestart, "prestart", state);
    run_hooks(spec_.hooks->create_runtime, "createRuntime", state);
  }
  init::send_op(init_.channel.get(), "go");
}

void Container::await_created() {
  while (auto packet = init::receive_message(init_.channel.get())) {
    const auto& op = packet->message.op;
    if (op == "created") return;
    if (op == "error") throw init::to_error(packet->message);
    if (op == "tty") io_->set_terminal(std::move(packet->fd));
    if (op == "warning") report(packet->message.message);
  }
  fail(Kind::system, "the container's first process died before it was ready");
}

void Container::undo_create() noexcept {
  try {
    if (init_.pid > 0) {
      ::kill(init_.pid, SIGKILL);
      cgroup_->signal_all(SIGKILL);
      int status = 0;
      while (::waitpid(init_.pid, &status, 0) < 0 && errno == EINTR) continue;
    }
    cgroup_->remove(soon());
  } catch (const Error& error) {
    report(error.message());
  }
}

// ---- start

void Container::start(Reply reply) {
  if (status_ != Status::created) fail(Kind::conflict, "container is already started");
  if (runtime_) return start_by_runtime(reply);
  init::send_op(init_.channel.get(), "start");
  status_ = Status::running;
  start_reply_ = std::move(reply);
  gate_watch_ = loop_.watch(init_.channel.get(), POLLIN, [this](short) { on_gate(); });
}

// The channel ends with the exec, or brings the reason why there was none.
void Container::on_gate() {
  if (!start_reply_) return;
  const auto packet = init::receive_message(init_.channel.get());
  if (packet && packet->message.op == "warning") {
    report(packet->message.message);
    return;
  }
  gate_watch_.cancel();
  init_.channel.reset();
  Message answer{.pid = init_.pid};
  if (packet && packet->message.op == "error") {
    const Error error = init::to_error(packet->message);
    start_failure_ = error.error_number() == ENOENT ? 127 : 126;
    answer.error = to_wire(error);
  } else if (spec_.hooks) {
    const std::string state =
        hook_state(spec_, bundle_.filename().native(), bundle_, "running", init_.pid);
    run_hooks_and_go_on(spec_.hooks->poststart, "poststart", state);
  }
  std::exchange(start_reply_, nullptr)(answer);
}

// ---- the end

void Container::on_oom() {
  char buffer[256];
  while (::read(oom_fd_.get(), buffer, sizeof(buffer)) > 0) continue;
  // The v1 notification comes for removal too, and before the kill is counted.
  const std::uint64_t kills = cgroup_->oom_kills();
  if (kills <= oom_kills_) return;
  oom_kills_ = kills;
  oom_ = true;
  tell_({.event = "oom"});
}

void Container::on_child(pid_t pid, int status) {
  if (pid == init_.pid) {
    on_init_exit(status);
    return;
  }
  for (const auto& [id, exec] : execs_) {
    if (exec->child.pid != pid) continue;
    on_exec_exit(*exec, exit_code_of(status));
    return;
  }
  // Anything else was orphaned in a shared pid namespace and came to us as the subreaper.
}

void Container::on_init_exit(int status) {
  if (start_reply_) on_gate();
  if (start_reply_) on_gate();  // a warning may come before the error
  status_ = Status::stopped;
  exit_.code = start_failure_ != 0 ? start_failure_ : exit_code_of(status);
  exit_.at = now();
  on_oom_at_exit();
  // Its own pid namespace is empty by now; in a shared one the rest must go too.
  if (!cgroup_->pids().empty()) cgroup_->signal_all(SIGKILL);
  io_->drain([this] {
    init_drained_ = true;
    maybe_finish();
  });
}

void Container::on_oom_at_exit() {
  if (oom_fd_) on_oom();
  exit_.oom_killed = oom_;
}

void Container::maybe_finish() {
  if (!init_drained_ || finished_) return;
  for (const auto& [id, exec] : execs_) {
    if (exec->running) return;
  }
  finish();
}

void Container::finish() {
  init_drained_ = false;  // once
  if (log_) exit_.log_dropped = log_->dropped();
  try {
    write_exit(bundle_, exit_, options_.durable_exit);
  } catch (const Error& error) {
    report(error.message());
  }
  oom_watch_.cancel();
  io_->close_clients([this] {
    if (runtime_) leave_runtime();
    try {
      cgroup_->remove(soon());
    } catch (const Error& error) {
      report(error.message());
    }
    ::unlink((bundle_ / kSocketName).c_str());
    finished_ = true;
  });
}

void Container::kill() {
  cgroup_->signal_all(SIGKILL);
  if (status_ != Status::stopped) ::kill(init_.pid, SIGKILL);
}

}  // namespace mydock::runtime::shim
