#include "api/units.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"
#include "cli/terminal/confirm.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all", 'a', FlagType::boolean, "Remove all unused build cache, not just dangling ones"},
    {"filter", 0, FlagType::filter, "Provide filter values (e.g. \"until=24h\")"},
    {"force", 'f', FlagType::boolean, "Do not prompt for confirmation"},
    {"keep-storage", 0, FlagType::bytes, "Amount of disk space to keep for cache"},
};

int run(Invocation& call) {
  const bool all = call.flags.boolean("all");
  const std::string_view warning = all ? "WARNING! This will remove all build cache."
                                       : "WARNING! This will remove all dangling build cache.";
  if (!call.flags.boolean("force") && !confirm(call.console, warning)) return 0;
  const auto pruned = from_daemon([&] {
    return call.api().builds().prune(all, call.flags.bytes("keep-storage"),
                                     read_filters(call.flags.list("filter")));
  });
  if (pruned.caches_deleted && !pruned.caches_deleted->empty()) {
    call.console.line("Deleted build cache objects:");
    for (const std::string& id : *pruned.caches_deleted) call.console.line(id);
    call.console.line("");
  }
  call.console.line("Total reclaimed space: " +
                    api::human_size(static_cast<double>(pruned.space_reclaimed)));
  return 0;
}

}  // namespace

extern const Command kBuilderPrune;
constinit const Command kBuilderPrune{.name = "builder prune",
                                      .forms = "builder prune",
                                      .arguments = "[OPTIONS]",
                                      .summary = "Remove build cache",
                                      .flags = kFlags,
                                      .least = 0,
                                      .most = 0,
                                      .run = run};

}  // namespace mydock::cli
