#include "runtime/shim_client.h"
#include "runtime/init/sealed_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process.h"
#include "runtime/cgroup.h"
#include "runtime/shim/exit_record.h"
#include "runtime/shim/options.h"

namespace mydock::runtime {

using shim::Message;
using shim::Request;

namespace {

constexpr std::chrono::seconds kClean{5};

shim::WireAttach to_wire(const Attach& attach) {
  return {.stdin_open = attach.stdin_open,
          .stdout_open = attach.stdout_open,
          .stderr_open = attach.stderr_open,
          .detach_keys = shim::to_hex(attach.detach_keys),
          .pending_input = shim::to_hex(attach.pending_input)};
}

class ShimTask final : public Task {
 public:
  ShimTask(std::shared_ptr<ShimReader> reader, std::shared_ptr<ShimConnection> connection,
           Process shim, pid_t pid)
      : reader_(std::move(reader)),
        connection_(std::move(connection)),
        shim_(std::move(shim)),
        pid_(pid) {
    reader_->add(connection_);
  }
  ShimTask(const ShimTask&) = delete;
  ShimTask& operator=(const ShimTask&) = delete;
  ~ShimTask() override {
    connection_->stop_events();
    reader_->remove(connection_);
    try {
      // Reaps it, if it ended; a shim that lives on is nobody's child when the daemon is gone.
      static_cast<void>(shim_.wait({}, std::chrono::steady_clock::now()));
    } catch (const Error& error) {
      log::warn("reap shim {}: {}", shim_.pid(), error.message());
    }
  }

  pid_t pid() const override { return pid_; }
  void start() override { connection_->call({.op = "start"}); }
  void signal(int number, bool all) override {
    connection_->call({.op = "signal", .signal = number, .all = all});
  }
  void pause() override { connection_->call({.op = "pause"}); }
  void resume() override { connection_->call({.op = "resume"}); }
  pid_t exec(std::string_view id, const Exec& exec, const Attach& attach, Fd stream) override {
    return connection_
        ->call({.op = "exec",
                .process = std::string(id),
                .rows = exec.process.console_size ? exec.process.console_size->height : 0,
                .columns = exec.process.console_size ? exec.process.console_size->width : 0,
                .attach = to_wire(attach),
                .exec = exec.process,
                .user = exec.user},
               stream)
        .pid;
  }
  void signal_exec(std::string_view id, int number) override {
    connection_->call({.op = "signal", .process = std::string(id), .signal = number});
  }
  void update(const oci::LinuxResources& resources) override {
    connection_->call({.op = "update", .resources = resources});
  }
  void resize(std::string_view process, std::uint32_t rows, std::uint32_t columns) override {
    connection_->call(
        {.op = "resize", .process = std::string(process), .rows = rows, .columns = columns});
  }
  void attach(std::string_view process, const Attach& attach, Fd stream) override {
    connection_->call({.op = "attach", .process = std::string(process), .attach = to_wire(attach)},
                      stream);
  }
  std::vector<pid_t> pids() const override { return connection_->call({.op = "pids"}).pids; }
  const Fd& exited() const override { return shim_.pidfd(); }
  bool was_paused() const override { return was_paused_; }
  void set_state(const Message& state) {
    pid_ = state.pid;
    was_paused_ = state.status == "paused";
  }
  Message state() const { return connection_->call({.op = "state"}); }

 private:
  std::shared_ptr<ShimReader> reader_;
  std::shared_ptr<ShimConnection> connection_;
  Process shim_;
  pid_t pid_;
  bool was_paused_ = false;
};

class ShimTasks final : public Tasks {
 public:
  explicit ShimTasks(const fs::path& program)
      : program_(init::seal_program(program)), reader_(std::make_shared<ShimReader>()) {}

  std::unique_ptr<Task> create(const fs::path& bundle, TaskEvents events,
                               const std::stop_token& stop) override;
  std::unique_ptr<Task> reconnect(const fs::path& bundle, TaskEvents events) override;
  std::optional<Exit> exit_record(const fs::path& bundle) const override {
    return shim::read_exit(bundle);
  }
  void clean(const fs::path& bundle) override;

 private:
  Process spawn(const fs::path& bundle, const Fd& theirs) const;
  static void end_before_start(const fs::path& bundle, Task& task);

  // Sealed once for all: each shim would have to do it, and execute itself anew, otherwise.
  Fd program_;
  std::shared_ptr<ShimReader> reader_;
};

Process ShimTasks::spawn(const fs::path& bundle, const Fd& theirs) const {
  const Fd log = open_file(bundle / "shim.log", O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
  return Process::spawn({.program = fmt::format("/proc/{}/fd/{}", ::getpid(), program_.get()),
                         .name = "mydock-shim",
                         .args = {bundle.native()},
                         .environment = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                         .fds = {{theirs.get(), shim::kInheritedFd}, {log.get(), 2}},
                         .directory = fs::path("/")});
}

std::unique_ptr<Task> ShimTasks::create(const fs::path& bundle, TaskEvents events,
                                        const std::stop_token& stop) {
  std::error_code ignored;
  fs::remove(bundle / shim::kExitName, ignored);  // of the container's last run
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  Process process = spawn(bundle, theirs);
  theirs.reset();
  std::optional<shim::Packet> packet;
  try {
    wait_for(ours, POLLIN, stop);
    packet = shim::receive(ours);
    if (!packet) fail(Kind::system, "the container's shim died; see {}/shim.log", bundle.native());
    const auto first = from_json<Message>(packet->text);
    if (first.error) throw shim::from_wire(*first.error);
    auto connection = std::make_shared<ShimConnection>(std::move(ours), std::move(events));
    return std::make_unique<ShimTask>(reader_, std::move(connection), std::move(process),
                                      first.pid);
  } catch (const Error&) {
    // A shim that told why has undone everything; one that was stopped or died has not.
    const bool undone = packet.has_value();
    if (!undone) process.signal(SIGKILL);
    process.wait({});
    if (!undone) clean(bundle);
    throw;
  }
}

std::unique_ptr<Task> ShimTasks::reconnect(const fs::path& bundle, TaskEvents events) {
  auto socket = shim::connect_at(bundle, shim::kSocketName);
  if (!socket) return nullptr;
  // The credentials are those of the process that listens: the shim, or nobody's any more.
  const pid_t pid = shim::peer_of(*socket).pid;
  const auto start_time = process_start_time(pid);
  if (!start_time) return nullptr;
  auto process = Process::adopt(pid, *start_time);
  if (!process) return nullptr;
  auto connection = std::make_shared<ShimConnection>(std::move(*socket), events);
  auto task = std::make_unique<ShimTask>(reader_, connection, std::move(*process), 0);
  Message state;
  try {
    state = task->state();
  } catch (const Error& error) {
    if (error.kind() == Kind::unavailable) return nullptr;  // it ended just now
    throw;
  }
  if (state.status == "created") {
    end_before_start(bundle, *task);
    return nullptr;
  }
  task->set_state(state);
  for (const auto& exec : state.execs) {
    if (!exec.running && events.on_exec_exit) events.on_exec_exit(exec.id, exec.code);
  }
  if (state.oom_killed && events.on_oom) events.on_oom();
  return task;
}

// Its daemon died before it opened the gate, and nobody else will: it never ran, so it has no exit.
void ShimTasks::end_before_start(const fs::path& bundle, Task& task) {
  task.signal(SIGKILL, true);
  if (!wait_for(task.exited(), POLLIN, {}, deadline_after(kClean))) {
    log::warn("{}: a container that was not started does not end", bundle.native());
  }
  std::error_code ignored;  // there is none if the shim was killed too
  fs::remove(bundle / shim::kExitName, ignored);
}

// What another OCI runtime notes of a container, it notes in a folder of that name.
void forget_runtime(const fs::path& bundle) {
  const auto text = find_file(bundle / kOptionsName);
  if (!text) return;
  const auto options = from_json<TaskOptions>(*text);
  if (options.runtime) remove_tree(fs::path(options.runtime->root) / bundle.filename());
}

void ShimTasks::clean(const fs::path& bundle) {
  const auto text = find_file(bundle / kSpecName);
  if (!text) return;
  const auto spec = oci::parse_spec(*text);
  forget_runtime(bundle);
  const Cgroup cgroup = Cgroup::open(CgroupHost::detect(), spec.linux.cgroups_path);
  if (!cgroup.exists()) return;
  cgroup.signal_all(SIGKILL);
  cgroup.remove(deadline_after(kClean));
  ::unlink((bundle / shim::kSocketName).c_str());
}

}  // namespace

std::unique_ptr<Tasks> make_shim_tasks(fs::path shim_program) {
  return std::make_unique<ShimTasks>(shim_program);
}

}  // namespace mydock::runtime
