#include "api/units.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"
#include "cli/terminal/confirm.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all", 'a', FlagType::boolean, "Remove all unused images, not just dangling ones"},
    {"filter", 0, FlagType::filter, "Provide filter values (e.g. \"until=<timestamp>\")"},
    {"force", 'f', FlagType::boolean, "Do not prompt for confirmation"},
};

int run(Invocation& call) {
  const bool all = call.flags.boolean("all");
  const std::string_view warning = all ? "WARNING! This will remove all images without at least "
                                         "one container associated to them."
                                       : "WARNING! This will remove all dangling images.";
  if (!call.flags.boolean("force") && !confirm(call.console, warning)) return 0;
  auto filters = read_filters(call.flags.list("filter"));
  filters.add("dangling", all ? "false" : "true");
  const auto pruned = from_daemon([&] { return call.api().images().prune(filters); });
  if (pruned.images_deleted && !pruned.images_deleted->empty()) {
    call.console.line("Deleted Images:");
    for (const api::ImageDeleted& gone : *pruned.images_deleted) {
      call.console.line(gone.deleted.empty() ? "untagged: " + gone.untagged
                                             : "deleted: " + gone.deleted);
    }
    call.console.line("");
  }
  call.console.line("Total reclaimed space: " +
                    api::human_size(static_cast<double>(pruned.space_reclaimed)));
  return 0;
}

}  // namespace

extern const Command kImagePrune;
constinit const Command kImagePrune{.name = "image prune",
                                    .forms = "image prune",
                                    .arguments = "[OPTIONS]",
                                    .summary = "Remove unused images",
                                    .flags = kFlags,
                                    .least = 0,
                                    .most = 0,
                                    .run = run};

}  // namespace mydock::cli
