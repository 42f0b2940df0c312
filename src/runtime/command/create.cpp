#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/process.h"
#include "runtime/command/commands.h"
#include "runtime/command/gate.h"
#include "runtime/init/run_init.h"
#include "runtime/shim/detached_mounts.h"
#include "runtime/shim/exit_record.h"
#include "runtime/shim/hooks.h"
#include "runtime/shim/packet.h"
#include "runtime/shim/spawn.h"

namespace mydock::runtime::command {

namespace {

constexpr std::chrono::seconds kRemoveGroup{5};

struct Created {
  Record record;
  oci::Spec spec;
  std::vector<int> preserved;  // looked for before anything of ours is open
};

int count_of(const std::string& text, std::string_view what) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 0) {
    fail(Kind::invalid, "{}: {} is not a number", what, json_quote(text));
  }
  return count;
}

oci::Spec load(const Record& record) {
  const std::string& id = record.id;
  oci::Spec spec = read_spec(record);
  if (!spec.process) fail(Kind::invalid, "config.json names no process");
  // Socket activation: the descriptors are the first that the program has, and it is pid 1.
  if (const char* listen = std::getenv("LISTEN_FDS")) {
    spec.process->env.push_back(std::string("LISTEN_FDS=") + listen);
    spec.process->env.emplace_back("LISTEN_PID=1");
  }
  auto& path = spec.linux.cgroups_path;
  if (path.empty()) path = "/mydock-runtime/" + id;
  if (path.find(".slice:") != std::string::npos) {
    fail(Kind::not_implemented, "cgroup path {}: systemd as cgroup manager is not supported", path);
  }
  return spec;
}

void await_created(const shim::Spawned& child, const Arguments& arguments) {
  while (auto packet = init::receive_message(child.channel.get())) {
    const auto& op = packet->message.op;
    if (op == "created") return;
    if (op == "error") throw init::to_error(packet->message);
    if (op == "tty") send_console(arguments.value("console-socket"), packet->fd);
    if (op == "warning") shim::report(packet->message.message);
  }
  fail(Kind::system, "the container's first process died before it was ready");
}

shim::Spawned spawn_init(const Created& made, const Cgroup& cgroup) {
  const TaskOptions options;
  const oci::Spec& spec = made.spec;
  const fs::path bundle = made.record.bundle;
  const init::DetachedMounts detached = shim::make_detached_mounts(spec, options, bundle);
  const init::ChildPidNamespace inside(spec);
  return shim::spawn_init(spec, cgroup.unified_fd(), [&](int channel) {
    init::run_init({.spec = spec,
                    .process = *spec.process,
                    .options = options,
                    .bundle = bundle,
                    .user = {},
                    .cgroups = cgroup.hierarchies(),
                    .cgroup_path = cgroup.path(),
                    .detached = &detached,
                    .channel = channel,
                    .stdio = {0, 1, 2},
                    .preserved_fds = made.preserved,
                    .join_cgroups = shim::joins_by_itself(spec) ? [&cgroup] { cgroup.join_self(); }
                                                                : std::function<void()>(),
                    .run_hooks = shim::hooks_of_init(spec, made.record.id, bundle)});
  });
}

void bring_up(const Store& store, const Arguments& arguments, Created& made, const Cgroup& cgroup,
              const shim::Spawned& child) {
  Record& record = made.record;
  record.pid = child.pid;
  record.start_time = process_start_time(child.pid).value_or(0);
  store.save(record);
  shim::write_id_maps(child.pid, made.spec.linux);
  if (!shim::joins_by_itself(made.spec)) cgroup.join(child.pid, false);
  if (made.spec.hooks) {
    const auto state = shim::hook_state(made.spec, record.id, record.bundle, "creating", child.pid);
    shim::run_hooks(made.spec.hooks->prestart, "prestart", state);
    shim::run_hooks(made.spec.hooks->create_runtime, "createRuntime", state);
  }
  init::send_op(child.channel.get(), "go");
  await_created(child, arguments);
  write_pid_file(arguments, child.pid);
}

Created make(const Store& store, const Arguments& arguments) {
  if (arguments.rest.size() != 1) fail(Kind::invalid, "one container id is needed");
  const std::string& id = arguments.rest[0];
  Created made;
  made.preserved = preserved_fds(arguments);
  made.record.id = id;
  made.record.bundle = fs::absolute(arguments.value("bundle", ".")).lexically_normal();
  if (arguments.has("config")) {
    made.record.config = fs::path(made.record.bundle) / arguments.value("config");
  }
  made.spec = load(made.record);
  if (made.spec.process->terminal != arguments.has("console-socket")) {
    fail(Kind::invalid, "{}",
         made.spec.process->terminal ? "a terminal needs --console-socket"
                                     : "--console-socket, but the process wants no terminal");
  }
  const fs::path directory = store.make(id);
  std::optional<Cgroup> cgroup;
  shim::Spawned child;
  try {
    made.record.cgroup = made.spec.linux.cgroups_path;
    made.record.created = now();
    cgroup.emplace(Cgroup::create(CgroupHost::detect(), made.spec.linux.cgroups_path,
                                  made.spec.linux.resources));
    child = spawn_init(made, *cgroup);
    bring_up(store, arguments, made, *cgroup, child);
    keep_gate(std::move(child.channel), directory);
  } catch (...) {
    if (child.pid > 0) {
      ::kill(child.pid, SIGKILL);
      ::waitpid(child.pid, nullptr, 0);
    }
    if (cgroup) cgroup->remove(deadline_after(kRemoveGroup));
    store.remove(id);
    throw;
  }
  return made;
}

void open_and_tell(const Store& store, const Record& record, const oci::Spec& spec) {
  open_gate(store.directory(record.id));
  if (!spec.hooks) return;
  const auto state = shim::hook_state(spec, record.id, record.bundle, "running", record.pid);
  shim::run_hooks_and_go_on(spec.hooks->poststart, "poststart", state);
}

}  // namespace

void send_console(const std::string& path, const Fd& master) {
  const Fd socket(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "make a socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) fail(Kind::invalid, "{}: too long", path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
        "connect to the console socket {}", path);
  shim::send(socket, "/dev/ptmx", master.get(), 0);
}

std::vector<int> preserved_fds(const Arguments& arguments) {
  int count = count_of(arguments.value("preserve-fds", "0"), "--preserve-fds");
  if (const char* listen = std::getenv("LISTEN_FDS")) count += count_of(listen, "LISTEN_FDS");
  std::vector<int> open;
  for (int fd = 3; fd < 3 + count; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) open.push_back(fd);
  }
  return open;
}

void write_pid_file(const Arguments& arguments, int pid) {
  const std::string path = arguments.value("pid-file");
  if (path.empty()) return;
  write_file_atomically(fs::absolute(path), std::to_string(pid), 0644, Durability::renamed);
}

int create(const Store& store, const Arguments& arguments) {
  make(store, arguments);
  return 0;
}

int start(const Store& store, const Arguments& arguments) {
  const Record record = store.get(arguments.rest.at(0));
  open_and_tell(store, record, read_spec(record));
  return 0;
}

int run(const Store& store, const Arguments& arguments) {
  const Created made = make(store, arguments);
  try {
    open_and_tell(store, made.record, made.spec);
  } catch (...) {
    ::waitpid(made.record.pid, nullptr, 0);
    forget(store, made.record);
    throw;
  }
  if (arguments.has("detach")) return 0;
  int status = 0;
  while (::waitpid(made.record.pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!arguments.has("keep")) forget(store, made.record);
  return shim::exit_code_of(status);
}

}  // namespace mydock::runtime::command
