#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "runtime/cgroup.h"
#include "runtime/shim/log/log.h"
#include "runtime/shim/loop.h"
#include "runtime/shim/oci_runtime.h"
#include "runtime/shim/process_io.h"
#include "runtime/shim/protocol.h"
#include "runtime/shim/spawn.h"
#include "runtime/task.h"

namespace mydock::runtime::shim {

// The container that this shim is for: its init, its execs, its cgroup.
class Container {
 public:
  using Reply = std::function<void(const Message&)>;

  // `tell` sends an event to whoever is connected; false: nobody is.
  Container(Loop& loop, fs::path bundle, std::function<bool(const Message&)> tell);
  ~Container();
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  // Everything up to the gate. A failure undoes what was done. Blocks.
  void create();
  pid_t pid() const { return init_.pid; }
  bool finished() const { return finished_; }

  // Requests. They throw, or answer through `reply` (perhaps later).
  void start(Reply reply);
  void exec(const Request& request, Fd stream, Reply reply);
  void signal(const Request& request);
  void pause();
  void resume();
  void resize(const Request& request);
  void update(const Request& request);
  void attach(const Request& request, Fd stream);
  void acknowledge(const std::string& process);
  Message state() const;
  Message pids() const;

  // A child of this process ended.
  void on_child(pid_t pid, int status);
  void kill();  // everything, at once

 private:
  struct ExecProcess;

  void spawn_init();
  std::unique_ptr<ProcessIo> make_io(const oci::Process& process);
  void await_created();
  void undo_create() noexcept;
  void create_by_runtime();
  void make_init_by_runtime(const oci::Process& process);
  void undo_create_by_runtime() noexcept;
  void start_by_runtime(const Reply& reply);
  void exec_by_runtime(std::unique_ptr<ExecProcess> exec, const Request& request, Fd stream);
  void leave_runtime() noexcept;
  void on_gate();
  void on_oom();
  void on_init_exit(int status);
  void on_oom_at_exit();
  void on_exec_channel(ExecProcess& exec);
  void on_exec_exit(ExecProcess& exec, int code);
  void fail_exec(ExecProcess& exec, const Error& error);
  void close_exec(ExecProcess& exec);
  void forget_exec(const std::string& id);
  ProcessIo& io_of(const std::string& process);
  ExecProcess* find_exec(const std::string& id);
  void require_running() const;
  void maybe_finish();
  void finish();

  Loop& loop_;
  fs::path bundle_;
  std::function<bool(const Message&)> tell_;
  oci::Spec spec_;
  TaskOptions options_;
  CgroupHost host_;
  std::unique_ptr<Cgroup> cgroup_;
  std::unique_ptr<OciRuntime> runtime_;  // nullptr: our own init
  std::unique_ptr<Log> log_;
  std::unique_ptr<ProcessIo> io_;
  Spawned init_;
  Status status_ = Status::creating;
  Reply start_reply_;
  int start_failure_ = 0;  // 126 or 127 when the exec failed
  Exit exit_;
  bool init_drained_ = false;
  bool finished_ = false;
  bool oom_ = false;
  std::uint64_t oom_kills_ = 0;
  Fd oom_fd_;
  Loop::Watch oom_watch_;
  Loop::Watch gate_watch_;
  std::map<std::string, std::unique_ptr<ExecProcess>> execs_;
  std::deque<ExecState> ended_;
  std::vector<Loop::Watch> forgets_;
};

}  // namespace mydock::runtime::shim
