#include "cli/invocation.h"
#include "cli/listing/inspect.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"format", 'f', FlagType::text,
     "Format output using a custom template:\n'json':             Print in JSON "
     "format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
};

int run(Invocation& call) {
  return print_inspected(call, call.args, [&](const std::string& name) {
    return std::optional(call.api().volumes().inspect_json(name));
  });
}

}  // namespace

extern const Command kVolumeInspect;
constinit const Command kVolumeInspect{
    .name = "volume inspect",
    .forms = "volume inspect",
    .arguments = "[OPTIONS] VOLUME [VOLUME...]",
    .summary = "Display detailed information on one or more volumes",
    .flags = kFlags,
    .least = 1,
    .run = run};

}  // namespace mydock::cli
