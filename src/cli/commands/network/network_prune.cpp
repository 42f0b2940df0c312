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
  constexpr std::string_view kWarning =
      "WARNING! This will remove all custom networks not used by at least one container.";
  if (!call.flags.boolean("force") && !confirm(call.console, kWarning)) return 0;
  const auto filters = read_filters(call.flags.list("filter"));
  const auto pruned = from_daemon([&] { return call.api().networks().prune(filters); });
  if (pruned.networks_deleted && !pruned.networks_deleted->empty()) {
    call.console.line("Deleted Networks:");
    for (const std::string& name : *pruned.networks_deleted) call.console.line(name);
    call.console.line("");
  }
  return 0;
}

}  // namespace

extern const Command kNetworkPrune;
constinit const Command kNetworkPrune{.name = "network prune",
                                      .forms = "network prune",
                                      .arguments = "[OPTIONS]",
                                      .summary = "Remove all unused networks",
                                      .flags = kFlags,
                                      .least = 0,
                                      .most = 0,
                                      .run = run};

}  // namespace mydock::cli
