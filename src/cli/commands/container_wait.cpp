#include "cli/invocation.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  return for_each_argument(
      call,
      [&](auto& ref) {
        const auto result = call.api().containers().wait(ref, "").finish();
        if (result.error) fail(Kind::system, "{}", result.error->message);
        call.console.line(std::to_string(result.status_code));
        call.console.flush();
      },
      false);
}

}  // namespace

extern const Command kContainerWait;
constinit const Command kContainerWait{
    .name = "wait",
    .forms = "container wait, wait",
    .arguments = "CONTAINER [CONTAINER...]",
    .summary = "Block until one or more containers stop, then print their exit codes",
    .least = 1,
    .run = run};

}  // namespace mydock::cli
