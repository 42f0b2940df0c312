#include "cli/invocation.h"

namespace mydock::cli {

namespace {

int run(Invocation& call) {
  constexpr std::string_view kKinds = "CAD";
  const auto changes = from_daemon([&] { return call.api().containers().changes(call.args[0]); });
  for (const api::FileChange& change : changes) {
    const auto kind = static_cast<std::size_t>(change.kind);
    call.console.line(fmt::format("{} {}", kind < kKinds.size() ? kKinds[kind] : '?', change.path));
  }
  return 0;
}

}  // namespace

extern const Command kContainerDiff;
constinit const Command kContainerDiff{
    .name = "diff",
    .forms = "container diff, diff",
    .arguments = "CONTAINER",
    .summary = "Inspect changes to files or directories on a container's filesystem",
    .least = 1,
    .most = 1,
    .run = run};

}  // namespace mydock::cli
