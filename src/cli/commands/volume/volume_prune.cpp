#include "api/units.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"
#include "cli/terminal/confirm.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all", 'a', FlagType::boolean, "Remove all unused volumes, not just anonymous ones"},
    {"filter", 0, FlagType::filter, "Provide filter values (e.g. \"label=<label>\")"},
    {"force", 'f', FlagType::boolean, "Do not prompt for confirmation"},
};

int run(Invocation& call) {
  const bool all = call.flags.boolean("all");
  const std::string warning =
      fmt::format("WARNING! This will remove {} local volumes not used by at least one container.",
                  all ? "all" : "anonymous");
  if (!call.flags.boolean("force") && !confirm(call.console, warning)) return 0;
  auto filters = read_filters(call.flags.list("filter"));
  if (all) filters.add("all", "true");
  const auto pruned = from_daemon([&] { return call.api().volumes().prune(filters); });
  if (!pruned.volumes_deleted.empty()) {
    call.console.line("Deleted Volumes:");
    for (const std::string& name : pruned.volumes_deleted) call.console.line(name);
    call.console.line("");
  }
  call.console.line("Total reclaimed space: " +
                    api::human_size(static_cast<double>(pruned.space_reclaimed)));
  return 0;
}

}  // namespace

extern const Command kVolumePrune;
constinit const Command kVolumePrune{.name = "volume prune",
                                     .forms = "volume prune",
                                     .arguments = "[OPTIONS]",
                                     .summary = "Remove unused local volumes",
                                     .flags = kFlags,
                                     .least = 0,
                                     .most = 0,
                                     .run = run};

}  // namespace mydock::cli
