#include "cli/invocation.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  if (call.args[0].empty() || call.args[1].empty()) {
    throw ExitError(1, "Error: Neither old nor new names may be empty");
  }
  try {
    from_daemon([&] { call.api().containers().rename(call.args[0], call.args[1]); });
    return 0;
  } catch (const Error& error) {  // docker says it in two lines
    call.console.err(error.message());
    throw ExitError(1, fmt::format("Error: failed to rename container named {}", call.args[0]));
  }
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
