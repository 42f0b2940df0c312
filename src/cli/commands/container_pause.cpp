#include "cli/invocation.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  return for_each_argument(call, [&](auto& ref) { call.api().containers().pause(ref); });
}

}  // namespace

extern const Command kContainerPause;
constinit const Command kContainerPause{
    .name = "pause",
    .forms = "container pause, pause",
    .arguments = "CONTAINER [CONTAINER...]",
    .summary = "Pause all processes within one or more containers",
    .least = 1,
    .run = run};

}  // namespace mydock::cli
