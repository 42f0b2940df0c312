#include "cli/attach/attached.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr std::string_view kExperimental =
    "is only supported on a Docker daemon with experimental features enabled";

constexpr Flag kFlags[] = {
    {"attach", 'a', FlagType::boolean, "Attach STDOUT/STDERR and forward signals"},
    {"checkpoint", 0, FlagType::text, "Restore from this checkpoint", kExperimental},
    {"checkpoint-dir", 0, FlagType::text, "Use a custom checkpoint storage directory",
     kExperimental},
    {"detach-keys", 0, FlagType::text, "Override the key sequence for detaching a container"},
    {"interactive", 'i', FlagType::boolean, "Attach container's STDIN"},
};

int start_attached(Invocation& call) {
  if (call.args.size() > 1)
    fail(Kind::invalid, "you cannot start and attach multiple containers at once");
  const auto container = from_daemon([&] { return call.api().containers().inspect(call.args[0]); });
  const bool interactive = call.flags.boolean("interactive") && container.config.open_stdin;
  require_terminal(call.console, container.config.tty, interactive);
  AttachWish wish;
  wish.container = container.id;
  wish.tty = container.config.tty;
  wish.send_stdin = interactive;
  wish.detach_keys = call.flags.text("detach-keys");
  const auto end = container.host_config.auto_remove ? AfterStart::removed : AfterStart::none;
  return run_attached(call, wish, end);
}

int run(Invocation& call) {
  if (call.flags.boolean("attach") || call.flags.boolean("interactive"))
    return start_attached(call);
  const std::string keys = call.flags.text("detach-keys");
  std::string failed;
  for (const std::string& ref : call.args) {
    try {
      from_daemon([&] { call.api().containers().start(ref, keys); });
      call.console.line(ref);
    } catch (const Error& error) {  // said here, so that the next ones get their turn
      call.console.err(error.message());
      failed += (failed.empty() ? "" : ", ") + ref;
    }
  }
  if (failed.empty()) return 0;
  throw ExitError(1, "Error: failed to start containers: " + failed);
}

}  // namespace

extern const Command kContainerStart;
constinit const Command kContainerStart{.name = "start",
                                        .forms = "container start, start",
                                        .arguments = "[OPTIONS] CONTAINER [CONTAINER...]",
                                        .summary = "Start one or more stopped containers",
                                        .flags = kFlags,
                                        .least = 1,
                                        .run = run};

}  // namespace mydock::cli
