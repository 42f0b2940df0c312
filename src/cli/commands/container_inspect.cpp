#include "cli/invocation.h"
#include "cli/listing/inspect.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"as", 0, FlagType::text, "As a command that makes an equal one ('run')"},
    {"format", 'f', FlagType::text,
     "Format output using a custom template:\n'json':             Print in JSON "
     "format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"size", 's', FlagType::boolean, "Display total file sizes"},
};

int run(Invocation& call) {
  if (call.flags.has("as")) return print_run_lines(call, call.args);
  const bool size = call.flags.boolean("size");
  return print_inspected(call, call.args, [&](const std::string& name) {
    return std::optional(call.api().containers().inspect_json(name, size));
  });
}

}  // namespace

extern const Command kContainerInspect;
constinit const Command kContainerInspect{
    .name = "container inspect",
    .forms = "container inspect",
    .arguments = "[OPTIONS] CONTAINER [CONTAINER...]",
    .summary = "Display detailed information on one or more containers",
    .flags = kFlags,
    .least = 1,
    .run = run};

}  // namespace mydock::cli
