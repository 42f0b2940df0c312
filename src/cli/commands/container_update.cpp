#include "cli/create/create_request.h"
#include "cli/create/values.h"
#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"blkio-weight", 0, FlagType::natural16,
     "Block IO (relative weight), between 10 and 1000, or 0 to disable (default "
     "0)"},
    {"cpu-period", 0, FlagType::integer, "Limit CPU CFS (Completely Fair Scheduler) period"},
    {"cpu-quota", 0, FlagType::integer, "Limit CPU CFS (Completely Fair Scheduler) quota"},
    {"cpu-rt-period", 0, FlagType::integer, "Limit the CPU real-time period in microseconds"},
    {"cpu-rt-runtime", 0, FlagType::integer, "Limit the CPU real-time runtime in microseconds"},
    {"cpu-shares", 'c', FlagType::integer, "CPU shares (relative weight)"},
    {"cpus", 0, FlagType::decimal, "Number of CPUs"},
    {"cpuset-cpus", 0, FlagType::text, "CPUs in which to allow execution (0-3, 0,1)"},
    {"cpuset-mems", 0, FlagType::text, "MEMs in which to allow execution (0-3, 0,1)"},
    {"env", 'e', FlagType::list,
     "Set an environment variable for the next start (NAME removes it)"},
    {"label", 'l', FlagType::list, "Set a label (KEY=VALUE; KEY alone sets an empty one)"},
    {"label-rm", 0, FlagType::list, "Remove a label"},
    {"memory", 'm', FlagType::bytes, "Memory limit"},
    {"memory-reservation", 0, FlagType::bytes, "Memory soft limit"},
    {"memory-swap", 0, FlagType::bytes,
     "Swap limit equal to memory plus swap: -1 to enable unlimited swap"},
    {"pids-limit", 0, FlagType::integer, "Tune container pids limit (set -1 for unlimited)"},
    {"restart", 0, FlagType::text, "Restart policy to apply when a container exits"},
};

int run(Invocation& call) {
  if (call.flags.given().empty()) {
    fail(Kind::invalid, "you must provide one or more flags when using this command");
  }
  api::ContainerUpdate update;
  apply_resources(call.flags, update.resources);
  update.resources.memory_swappiness.reset();
  update.resources.oom_kill_disable.reset();
  if (call.flags.has("restart")) update.restart_policy = parse_restart(call.flags.text("restart"));
  update.env = call.flags.list("env");
  for (const std::string& text : call.flags.list("label")) {
    const auto [name, value] = split_pair(text);
    update.labels[name] = value;
  }
  for (const std::string& name : call.flags.list("label-rm")) update.labels[name].reset();
  return for_each_argument(call, [&](auto& ref) {
    const auto answer = call.api().containers().update(ref, update);
    for (const std::string& warning : answer.warnings.value_or(api::Strings{})) {
      call.console.err(warning);
    }
  });
}

}  // namespace

extern const Command kContainerUpdate;
constinit const Command kContainerUpdate{
    .name = "update",
    .forms = "container update, update",
    .arguments = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Update configuration of one or more containers",
    .flags = kFlags,
    .least = 1,
    .run = run};

}  // namespace mydock::cli
