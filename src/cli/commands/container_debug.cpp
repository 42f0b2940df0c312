#include <fmt/core.h>

#include "cli/attach/attached.h"
#include "cli/create/create_container.h"
#include "cli/create/create_request.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"env", 'e', FlagType::list, "Set environment variables"},
    {"image", 0, FlagType::text, "Image with the tools (default \"busybox\")"},
    {"privileged", 0, FlagType::boolean, "Give extended privileges to the tools"},
    {"pull", 0, FlagType::text,
     "Pull the image before (\"always\", \"missing\", \"never\") (default \"missing\")"},
    {"user", 'u', FlagType::text, "Username or UID (format: <name|uid>[:<group|gid>])"},
};

std::string joined(const std::string& mode, const std::string& id, bool shares) {
  if (mode == "host" || mode.starts_with("container:")) return mode;
  return shares ? "container:" + id : std::string();
}

// Its processes, network and memory are shared; its files are below /proc/PID/root.
std::string look_into_running(const api::ContainerInspect& target, api::HostConfig& host) {
  const bool hosts_pids = target.host_config.pid_mode == "host";
  host.pid_mode = joined(target.host_config.pid_mode, target.id, true);
  host.network_mode = joined(target.host_config.network_mode, target.id, true);
  host.ipc_mode =
      joined(target.host_config.ipc_mode, target.id, target.host_config.ipc_mode == "shareable");
  // For /proc/PID/root of another user's process.
  host.cap_add = api::Strings{"CAP_SYS_PTRACE"};
  const bool own_pids = !hosts_pids && target.host_config.pid_mode.empty();
  return fmt::format("/proc/{}/root", own_pids ? 1 : target.state.pid);
}

std::string look_into_stopped(const api::ContainerInspect& target, api::HostConfig& host) {
  api::Mount files;
  files.type = "container";
  files.source = target.id;
  files.target = "/target";
  files.read_only = true;
  host.mounts.push_back(std::move(files));
  host.network_mode = "none";
  return "/target";
}

CreateRequest make_request(Invocation& call, const api::ContainerInspect& target,
                           std::string& files) {
  CreateRequest request;
  request.pull = call.flags.text("pull", "missing");
  api::ContainerConfig& config = request.body.config;
  api::HostConfig& host = request.body.host_config;
  config.image = call.flags.text("image", "busybox");
  config.tty = call.console.in_is_terminal() && call.console.out_is_terminal();
  config.attach_stdin = config.open_stdin = config.stdin_once = true;
  config.attach_stdout = config.attach_stderr = true;
  config.user = call.flags.text("user");
  config.entrypoint = api::Strings{""};
  config.cmd = api::Strings{"sh"};
  if (call.args.size() > 1) config.cmd = api::Strings(call.args.begin() + 1, call.args.end());
  config.labels["mydock.debug"] = target.id;
  host.auto_remove = true;
  host.privileged = call.flags.boolean("privileged");
  files = target.state.running ? look_into_running(target, host) : look_into_stopped(target, host);
  api::Strings env = call.flags.list("env");
  env.push_back("TARGET=" + files);
  config.env = std::move(env);
  return request;
}

int run(Invocation& call) {
  const auto target = from_daemon([&] { return call.api().containers().inspect(call.args[0]); });
  std::string files;
  const CreateRequest request = make_request(call, target, files);
  if (call.console.err_is_terminal()) {
    call.console.err(fmt::format("The files of {} are in $TARGET ({}{})", call.args[0], files,
                                 target.state.running ? "" : ", read-only: it is not running"));
  }
  AttachWish wish;
  wish.container = create_container(call, request);
  wish.tty = request.body.config.tty;
  wish.send_stdin = true;
  return run_attached(call, wish, AfterStart::removed);
}

}  // namespace

extern const Command kContainerDebug;
constinit const Command kContainerDebug{
    .name = "debug",
    .forms = "container debug, debug",
    .arguments = "[OPTIONS] CONTAINER [COMMAND] [ARG...]",
    .summary = "Run a shell with tools beside a container, changing nothing in it",
    .flags = kFlags,
    .least = 1,
    .options_first = true,
    .run = run};

}  // namespace mydock::cli
