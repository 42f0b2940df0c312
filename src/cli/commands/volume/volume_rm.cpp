#include "cli/invocation.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"force", 'f', FlagType::boolean, "Force the removal of one or more volumes"},
};

int run(Invocation& call) {
  const bool force = call.flags.boolean("force");
  return for_each_argument(call, [&](auto& name) { call.api().volumes().remove(name, force); });
}

}  // namespace

extern const Command kVolumeRm;
constinit const Command kVolumeRm{
    .name = "volume rm",
    .forms = "volume rm, volume remove",
    .arguments = "[OPTIONS] VOLUME [VOLUME...]",
    .summary =
        "Remove one or more volumes. You cannot remove a volume that is "
        "in use by a container.",
    .flags = kFlags,
    .least = 1,
    .run = run};

}  // namespace mydock::cli
