#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "oci/runtime_spec.h"
#include "runtime/log_options.h"

namespace mydock::runtime {

enum class Status { creating, created, running, paused, stopped };  // runtime.md, "State"

// How one container ended.
struct Exit {
  int code = 255;  // exit status, or 128 + signal
  bool oom_killed = false;
  Time at{};
  std::uint64_t log_dropped = 0;  // bytes of output that its log did not take
};

// The init of a container whose IPC another one joins: its /dev/shm takes the place of the tmpfs
// "shm" of the other's spec.
struct IpcDonor {
  pid_t pid = 0;
  std::uint64_t start_time = 0;  // with the pid: that process, and nobody else
  bool operator==(const IpcDonor&) const = default;
};

// What the daemon adds to the spec: `task.json` in the bundle.
struct TaskOptions {
  // Overlay root file system, mounted inside the container's mount namespace only. Empty lower: the
  // spec's root.path is used as it is.
  struct Overlay {
    std::vector<std::string> lower;  // absolute, top layer first
    std::string upper;
    std::string work;
    bool operator==(const Overlay&) const = default;
  };
  std::optional<Overlay> overlay;
  bool open_stdin = false;  // keep a stdin pipe; otherwise /dev/null
  bool stdin_once = false;  // close it when the first attached client's input ends
  LogOptions log;
  std::string detach_keys;  // bytes; empty: ctrl-p ctrl-q
  std::string
      seccomp_program;  // path of compiled BPF (array of sock_filter); empty: compile from the spec
  unsigned seccomp_flags = 0;  // of seccomp(2), that go with the program
  // Docker's user text (runtime/user.h; "0" for none given), looked up by init in the container's
  // own files; HOME is set from it if the environment has none. Empty: the spec's process.user.
  std::string user;
  std::vector<std::string> groups;  // names or numbers beyond the user's own
  using Donor = IpcDonor;
  std::optional<Donor> shared_memory{};
  // Another OCI runtime, which makes the container and its execs in our place.
  struct Runtime {
    std::string path;  // a name without "/" is looked for in the folders for programs
    std::vector<std::string> arguments;
    std::string root;  // --root: where it keeps its state
    bool operator==(const Runtime&) const = default;
  };
  std::optional<Runtime> runtime{};
  bool init_reaper = false;        // --init: our own reaper is pid 1
  bool durable_exit = true;        // fsync exit.json
  std::uint32_t console_rows = 0;  // initial terminal size; 0: unknown
  std::uint32_t console_columns = 0;
  bool operator==(const TaskOptions&) const = default;
};

// Another process for a running container.
struct Exec {
  oci::Process process;
  std::string user{};  // as TaskOptions::user; empty: process.user
  bool operator==(const Exec&) const = default;
};

struct Attach {
  bool stdin_open = false;
  bool stdout_open = false;
  bool stderr_open = false;
  std::string detach_keys{};    // bytes; empty: the task's own
  std::string pending_input{};  // what the client already sent after the request's head
};

// One live container. Every call is safe on any thread, and may block for as long as the shim takes
// (milliseconds). Errors: conflict "container is not running", unavailable (the shim is gone), what
// the shim met (kind, message, errno as it saw them).
class Task {
 public:
  virtual ~Task() = default;
  virtual pid_t pid() const = 0;  // init's pid as the host sees it
  virtual void start() = 0;       // opens the gate; the error of a failed exec comes from here
  virtual void signal(int number, bool all) = 0;
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual bool was_paused() const { return false; }  // when it was reconnected
  // Starts another process; `attach` and `stream` as below, before it runs, so that no output is
  // lost. Returns its pid on the host. Its end is told through `on_exec_exit` of TaskEvents.
  virtual pid_t exec(std::string_view id, const Exec& exec, const Attach& attach, Fd stream) = 0;
  // To the process of an exec alone. Errors: not_found, when it has ended.
  virtual void signal_exec(std::string_view id, int number) = 0;
  virtual void update(const oci::LinuxResources& resources) = 0;
  // `process`: "" is init, otherwise an exec's id.
  virtual void resize(std::string_view process, std::uint32_t rows, std::uint32_t columns) = 0;
  // Hands the shim a connected socket (the client's own, or one end of a pair). It writes the
  // output there (Docker's 8-byte frames without a terminal, raw with one), reads input from it,
  // honours detach keys, and closes it at the end. Works before start() and while the daemon is
  // dead.
  virtual void attach(std::string_view process, const Attach& attach, Fd stream) = 0;
  virtual std::vector<pid_t> pids() const = 0;  // all processes of the container, host numbering
  // Readable once the shim is gone: then exit_record() has the answer.
  virtual const Fd& exited() const = 0;
};

// What a shim tells unasked. Called on a thread of the client's own; must not block long.
struct TaskEvents {
  std::function<void()> on_oom;
  std::function<void(const std::string& exec_id, int code)> on_exec_exit;
  std::function<void(const std::string& process)> on_detach;  // detach keys were typed
};

// Seam: ShimTasks is the real one.
class Tasks {
 public:
  virtual ~Tasks() = default;
  // Starts a shim for `bundle` (config.json and task.json are there already) and returns when the
  // container's init waits at the gate. A failure leaves no process, mount or cgroup behind.
  virtual std::unique_ptr<Task> create(const fs::path& bundle, TaskEvents events,
                                       const std::stop_token& stop) = 0;
  // The shim that an earlier daemon started; nullptr: it is gone.
  virtual std::unique_ptr<Task> reconnect(const fs::path& bundle, TaskEvents events) = 0;
  // No value: it still runs, or ended without a record (killed with its shim).
  virtual std::optional<Exit> exit_record(const fs::path& bundle) const = 0;
  // Removes what may be left of a container whose shim is gone: processes in its cgroup, cgroups.
  virtual void clean(const fs::path& bundle) = 0;
};

// The real one: runs `shim_program` (mydock-shim).
std::unique_ptr<Tasks> make_shim_tasks(fs::path shim_program);

// linux.cgroupsPath of a bundle's config.json; empty: there is no bundle.
std::string cgroup_path_of(const fs::path& bundle);
// Writes config.json and task.json into `bundle` (made, mode 0700).
void write_bundle(const fs::path& bundle, const oci::Spec& spec, const TaskOptions& options);

}  // namespace mydock::runtime
