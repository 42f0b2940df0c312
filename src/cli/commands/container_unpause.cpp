#include "cli/invocation.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  return for_each_argument(call, [&](auto& ref) { call.api().containers().unpause(ref); });
}

}  // namespace

extern const Command kContainerUnpause;
constinit const Command kContainerUnpause{
    .name = "unpause",
    .forms = "container unpause, unpause",
    .arguments = "CONTAINER [CONTAINER...]",
    .summary = "Unpause all processes within one or more containers",
    .least = 1,
    .run = run};

}  // namespace mydock::cli
