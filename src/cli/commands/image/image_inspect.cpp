#include "cli/create/values.h"
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
    {"platform", 0, FlagType::text,
     "Inspect a specific platform of the multi-platform image.\nIf the image or "
     "the server is not multi-platform capable, the command will error out if "
     "the platform does not match.\n'os[/arch[/variant]]': Explicit platform "
     "(eg. linux/amd64)"},
};

int run(Invocation& call) {
  const std::string platform = platform_query(call.flags.text("platform"));
  return print_inspected(call, call.args, [&](const std::string& name) {
    return std::optional(call.api().images().inspect_json(name, platform));
  });
}

}  // namespace

extern const Command kImageInspect;
constinit const Command kImageInspect{
    .name = "image inspect",
    .forms = "image inspect",
    .arguments = "[OPTIONS] IMAGE [IMAGE...]",
    .summary = "Display detailed information on one or more images",
    .flags = kFlags,
    .least = 1,
    .run = run};

}  // namespace mydock::cli
