#include <sys/wait.h>

#include "base/file.h"
#include "runtime/command/commands.h"
#include "runtime/init/run_init.h"
#include "runtime/shim/exit_record.h"
#include "runtime/shim/hooks.h"
#include "runtime/shim/spawn.h"

namespace mydock::runtime::command {

namespace {

void add_capability(oci::Process& process, const std::string& name) {
  oci::Capabilities& sets =
      process.capabilities ? *process.capabilities : process.capabilities.emplace();
  for (auto* set : {&sets.bounding, &sets.effective, &sets.permitted}) {
    set->push_back(name);
  }
}

oci::Process process_of(const oci::Spec& spec, const Arguments& arguments) {
  const std::string file = arguments.value("process");
  if (!file.empty()) return from_json<oci::Process>(read_file(file));
  if (arguments.rest.size() < 2) fail(Kind::invalid, "no command to execute");
  oci::Process process = spec.process.value_or(oci::Process());
  process.args.assign(arguments.rest.begin() + 1, arguments.rest.end());
  process.terminal = arguments.has("tty");
  for (const std::string& variable : arguments.values("env")) {
    const std::string name = variable.substr(0, variable.find('=')) + "=";
    std::erase_if(process.env, [&](const std::string& each) { return each.starts_with(name); });
    process.env.push_back(variable);
  }
  process.cwd = arguments.value("cwd", process.cwd);
  if (arguments.has("no-new-privs")) process.no_new_privileges = true;
  for (const std::string& name : arguments.values("cap")) add_capability(process, name);
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
  const std::vector<int> preserved = preserved_fds(arguments);
  const Record record = store.get(arguments.rest[0]);
  const Status status = store.status(record);
  if (status != Status::running) {
    fail(Kind::conflict, "container {} is {}", record.id, word_of(status));
  }
  const Fd pidfd = open_init(record);
  const oci::Spec spec = read_spec(record);
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
                      .preserved_fds = preserved,
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
