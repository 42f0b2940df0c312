#include <unistd.h>

#include "cli/attach/attached.h"
#include "cli/create/environment.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"detach", 'd', FlagType::boolean, "Detached mode: run command in the background"},
    {"detach-keys", 0, FlagType::text, "Override the key sequence for detaching a container"},
    {"env", 'e', FlagType::list, "Set environment variables"},
    {"env-file", 0, FlagType::list, "Read in a file of environment variables"},
    {"interactive", 'i', FlagType::boolean, "Keep STDIN open even if not attached"},
    {"privileged", 0, FlagType::boolean, "Give extended privileges to the command"},
    {"tty", 't', FlagType::boolean, "Allocate a pseudo-TTY"},
    {"user", 'u', FlagType::text, "Username or UID (format: \"<name|uid>[:<group|gid>]\")"},
    {"workdir", 'w', FlagType::text, "Working directory inside the container"},
};

api::ExecCreate exec_request(const Invocation& call) {
  const Flags& flags = call.flags;
  api::ExecCreate request;
  request.user = flags.text("user");
  request.privileged = flags.boolean("privileged");
  request.tty = flags.boolean("tty");
  request.working_dir = flags.text("workdir");
  request.env = read_environment(flags.list("env-file"), flags.list("env"));
  request.cmd = api::Strings(call.args.begin() + 1, call.args.end());
  request.detach = flags.boolean("detach");
  request.detach_keys = flags.text("detach-keys");
  if (!request.detach) {
    request.attach_stdin = flags.boolean("interactive");
    request.attach_stdout = request.attach_stderr = true;
  }
  const auto size = window_size(STDOUT_FILENO);
  if (request.tty && size) request.console_size = {size->rows, size->columns};
  return request;
}

int run(Invocation& call) {
  const api::ExecCreate request = exec_request(call);
  require_terminal(call.console, request.tty && !request.detach, request.attach_stdin);
  const std::string keys = detach_bytes(request.detach_keys);
  auto& execs = call.api().execs();
  const std::string id = from_daemon([&] { return execs.create(call.args[0], request); });
  if (request.detach) {
    from_daemon([&] { execs.start_detached(id, request.tty); });
    return 0;
  }
  TerminalSession session(request.tty, request.attach_stdin,
                          [&](WindowSize size) { execs.resize(id, size.rows, size.columns); }, {});
  const api::ExecStart start{
      .detach = false, .tty = request.tty, .console_size = request.console_size};
  client::HijackedStream stream = from_daemon([&] { return execs.start(id, start); });
  session.send_size();
  if (session.run(std::move(stream), keys, call.console) == PumpEnd::detached) {
    throw ExitError(1, "read escape sequence");
  }
  const api::ExecInspect result = from_daemon([&] { return execs.inspect(id); });
  return static_cast<int>(result.exit_code.value_or(0));
}

}  // namespace

extern const Command kContainerExec;
constinit const Command kContainerExec{.name = "exec",
                                       .forms = "container exec, exec",
                                       .arguments = "[OPTIONS] CONTAINER COMMAND [ARG...]",
                                       .summary = "Execute a command in a running container",
                                       .flags = kFlags,
                                       .least = 2,
                                       .options_first = true,
                                       .run = run};

}  // namespace mydock::cli
