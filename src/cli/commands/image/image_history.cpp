#include "cli/create/values.h"
#include "cli/invocation.h"
#include "cli/listing/images.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"format", 0, FlagType::text,
     "Format output using a custom template:\n'table':            Print output "
     "in table format with column headers (default)\n'table TEMPLATE':   Print "
     "output in table format using the given Go template\n'json':             "
     "Print in JSON format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"human", 'H', FlagType::boolean,
     "Print sizes and dates in human readable format (default true)"},
    {"no-trunc", 0, FlagType::boolean, "Don't truncate output"},
    {"platform", 0, FlagType::text,
     "Show history for the given platform. Formatted as \"os[/arch[/variant]]\" "
     "(e.g., \"linux/amd64\")"},
    {"quiet", 'q', FlagType::boolean, "Only show image IDs"},
};

int run(Invocation& call) {
  const std::string platform = platform_query(call.flags.text("platform"));
  const auto entries =
      from_daemon([&] { return call.api().images().history(call.args[0], platform); });
  const bool human = call.flags.boolean("human", true);
  std::vector<Value> rows;
  for (const api::ImageHistoryEntry& entry : entries) {
    rows.push_back(history_row(entry, !call.flags.boolean("no-trunc"), human));
  }
  print_listing(call.console, history_listing(human), rows,
                {.format = call.flags.text("format"), .quiet = call.flags.boolean("quiet")});
  return 0;
}

}  // namespace

extern const Command kImageHistory;
constinit const Command kImageHistory{.name = "history",
                                      .forms = "image history, history",
                                      .arguments = "[OPTIONS] IMAGE",
                                      .summary = "Show the history of an image",
                                      .flags = kFlags,
                                      .least = 1,
                                      .most = 1,
                                      .run = run};

}  // namespace mydock::cli
