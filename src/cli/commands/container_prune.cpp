#include "api/units.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"
#include "cli/terminal/confirm.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"filter", 0, FlagType::filter, "Provide filter values (e.g. \"until=<timestamp>\")"},
    {"force", 'f', FlagType::boolean, "Do not prompt for confirmation"},
};

int run(Invocation& call) {
  constexpr std::string_view kWarning = "WARNING! This will remove all stopped containers.";
  if (!call.flags.boolean("force") && !confirm(call.console, kWarning)) return 0;
  const auto filters = read_filters(call.flags.list("filter"));
  const auto pruned = from_daemon([&] { return call.api().containers().prune(filters); });
  if (pruned.containers_deleted && !pruned.containers_deleted->empty()) {
    call.console.line("Deleted Containers:");
    for (const std::string& id : *pruned.containers_deleted) call.console.line(id);
    call.console.line("");
  }
  call.console.line("Total reclaimed space: " +
                    api::human_size(static_cast<double>(pruned.space_reclaimed)));
  return 0;
}

}  // namespace

extern const Command kContainerPrune;
constinit const Command kContainerPrune{.name = "container prune",
                                        .forms = "container prune",
                                        .arguments = "[OPTIONS]",
                                        .summary = "Remove all stopped containers",
                                        .flags = kFlags,
                                        .least = 0,
                                        .most = 0,
                                        .run = run};

}  // namespace mydock::cli
