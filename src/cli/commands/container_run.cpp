#include <unistd.h>

#include "cli/attach/attached.h"
#include "cli/create/create_container.h"
#include "cli/create/create_request.h"
#include "cli/create/run_flags.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

void set_console_size(const CreateRequest& request, api::HostConfig& host) {
  const auto size = window_size(STDOUT_FILENO);
  if (request.body.config.tty && size) host.console_size = {size->rows, size->columns};
}

int start_detached(Invocation& call, const std::string& id) {
  from_daemon([&] { call.api().containers().start(id); });
  call.console.line(id);
  return 0;
}

int create_and_start(Invocation& call, const CreateRequest& request) {
  const std::string id = create_container(call, request);
  if (call.flags.boolean("detach")) return start_detached(call, id);
  const api::ContainerConfig& config = request.body.config;
  AttachWish wish;
  wish.container = id;
  wish.tty = config.tty;
  wish.send_stdin = config.attach_stdin && config.open_stdin;
  wish.want_stdout = config.attach_stdout;
  wish.want_stderr = config.attach_stderr;
  wish.proxy_signals = call.flags.boolean("sig-proxy", true);
  wish.detach_keys = call.flags.text("detach-keys");
  const bool removes = request.body.host_config.auto_remove;
  return run_attached(call, wish, removes ? AfterStart::removed : AfterStart::none);
}

}  // namespace

int run_container(Invocation& call) {
  if (call.flags.boolean("detach") && call.flags.has("attach")) {
    throw ExitError(1, "conflicting options: cannot specify both --attach and --detach");
  }
  auto request =
      with_run_hint(call, 125, [&] { return make_create_request(call.flags, call.args); });
  const api::ContainerConfig& config = request.body.config;
  require_terminal(call.console, config.tty && !call.flags.boolean("detach"), config.attach_stdin);
  detach_bytes(call.flags.text("detach-keys"));
  set_console_size(request, request.body.host_config);
  try {
    return create_and_start(call, request);
  } catch (const ExitError&) {
    throw;
  } catch (const Error& error) {  // the exit code follows from the daemon's words
    throw ExitError(
        start_exit_code(error.message()),
        fmt::format("mydock: {}\n\nRun 'mydock run --help' for more information", error.message()));
  }
}

}  // namespace mydock::cli
