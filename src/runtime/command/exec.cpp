#include <sys/wait.h>

#include "base/file.h"
#include "runtime/command/commands.h"
#include "runtime/init/run_init.h"
#include "runtime/shim/exit_record.h"
#include "runtime/shim/hooks.h"
#include "runtime/shim/spawn.h"

namespace mydock::runtime::command {

namespace {

oci::Process process_of(const oci::Spec& spec, const Arguments& arguments) {
  const std::string file = arguments.value("process");
  if (!file.empty()) return from_json<oci::Process>(read_file(file));
  if (arguments.rest.size() < 2) fail(Kind::invalid, "no command to execute");
  oci::Process process = spec.process.value_or(oci::Process());
  process.args.assign(arguments.rest.begin() + 1, arguments.rest.end());
  process.terminal = arguments.has("tty");
  for (auto& variable : arguments.values("env")) process.env.push_back(std::move(variable));
  process.cwd = arguments.value("cwd", process.cwd);
  return process;
}

void await_exec(const shim::Spawned& child, const Arguments& arguments) {
  while (auto packet = init::receive_message(child.channel.get())) {
    if (packet->message.op == "error") {
      ::waitpid(child.pid, nullptr, 0);
      throw init::to_error(packet->message);
    }
    if (packet->message.op == "tty") send_console(arguments.value("console-socket"), packet->fd);
    if (packet->message.op == "warning") shim::report(packet->message.message);
  }
}

}  // namespace

int exec(const Store& store, const Arguments& arguments) {
  if (arguments.rest.empty()) fail(Kind::invalid, "a container id is needed");
  const Record record = store.get(arguments.rest[0]);
  const Status status = store.status(record);
  if (status != Status::running) {
    fail(Kind::conflict, "container {} is {}", record.id, word_of(status));
  }
  const Fd pidfd = open_init(record);
  const oci::Spec spec = read_spec(record.bundle);
  const oci::Process process = process_of(spec, arguments);
  if (process.terminal && !arguments.has("console-socket")) {
    fail(Kind::invalid, "a terminal needs --console-socket");
  }
  const Cgroup cgroup = open_cgroup(record);
  const TaskOptions options;
  const fs::path bundle = record.bundle;
  const std::string user = arguments.value("user");
  shim::Spawned child;
  {
    const init::ChildPidNamespace inside(pidfd);
    child = shim::spawn(0, cgroup.unified_fd(), [&](int channel) {
      init::run_exec({.spec = spec,
                      .process = process,
                      .options = options,
                      .bundle = bundle,
                      .user = user,
                      .cgroups = {},
                      .cgroup_path = record.cgroup,
                      .channel = channel,
                      .stdio = {0, 1, 2},
                      .join_cgroups = [&cgroup] { cgroup.join_self(); }},
                     pidfd.get());
    });
  }
  init::send_op(child.channel.get(), "go");
  await_exec(child, arguments);
  write_pid_file(arguments, child.pid);
  if (arguments.has("detach")) return 0;
  int ended = 0;
  while (::waitpid(child.pid, &ended, 0) < 0 && errno == EINTR) continue;
  return shim::exit_code_of(ended);
}

}  // namespace mydock::runtime::command
