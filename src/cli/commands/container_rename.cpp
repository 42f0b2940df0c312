#include "cli/invocation.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  from_daemon([&] { call.api().containers().rename(call.args[0], call.args[1]); });
  return 0;
}

}  // namespace

extern const Command kContainerRename;
constinit const Command kContainerRename{.name = "rename",
                                         .forms = "container rename, rename",
                                         .arguments = "CONTAINER NEW_NAME",
                                         .summary = "Rename a container",
                                         .least = 2,
                                         .most = 2,
                                         .run = run};

}  // namespace mydock::cli
