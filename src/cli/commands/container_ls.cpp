#include <unistd.h>

#include "cli/invocation.h"
#include "cli/listing/containers.h"
#include "cli/listing/listing.h"
#include "cli/terminal/terminal.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all", 'a', FlagType::boolean, "Show all containers (default shows just running)"},
    {"filter", 'f', FlagType::filter, "Filter output based on conditions provided"},
    {"format", 0, FlagType::text,
     "Format output using a custom template:\n'table':            Print output "
     "in table format with column headers (default)\n'table TEMPLATE':   Print "
     "output in table format using the given Go template\n'json':             "
     "Print in JSON format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"last", 'n', FlagType::integer,
     "Show n last created containers (includes all states) (default -1)"},
    {"latest", 'l', FlagType::boolean, "Show the latest created container (includes all states)"},
    {"no-trunc", 0, FlagType::boolean, "Don't truncate output"},
    {"quiet", 'q', FlagType::boolean, "Only display container IDs"},
    {"size", 's', FlagType::boolean, "Display total file sizes"},
};

// A format that cannot be is said even when there is nothing to list.
void check_format(const std::string& format) {
  if (format.empty()) return;
  const Listing listing = container_listing(false);
  const Template shape = parse_format(format, listing.parse_problem, 1);
  execute_format(shape, container_row({}, true), {.row_type = listing.row_type},
                 listing.execute_problem, 1);
}

// Of a terminal: there the lines of docker's table would be broken.
std::size_t columns_of(const Invocation& call) {
  if (!call.console.out_is_terminal()) return 0;
  const auto size = window_size(STDOUT_FILENO);
  return size ? size->columns : 0;
}

int run(Invocation& call) {
  const Flags& flags = call.flags;
  const bool quiet = flags.boolean("quiet");
  const std::string format = flags.text("format");
  check_format(format);
  client::ContainerListQuery query;
  query.all = flags.boolean("all");
  query.limit = flags.boolean("latest") ? 1 : std::max<std::int64_t>(flags.integer("last", 0), 0);
  query.size = flags.boolean("size") || format.find(".Size") != std::string::npos;
  query.filters = read_filters(flags.list("filter"));
  const auto containers = from_daemon([&] { return call.api().containers().list(query); });
  const bool truncate = !flags.boolean("no-trunc");
  std::vector<Value> rows;
  for (const api::ContainerSummary& container : containers)
    rows.push_back(container_row(container, truncate));
  print_listing(call.console, container_listing(flags.boolean("size")), rows,
                {.format = format, .quiet = quiet, .columns = truncate ? columns_of(call) : 0});
  return 0;
}

}  // namespace

extern const Command kContainerLs;
constinit const Command kContainerLs{.name = "ps",
                                     .forms = "container ls, container list, container ps, ps",
                                     .arguments = "[OPTIONS]",
                                     .summary = "List containers",
                                     .flags = kFlags,
                                     .least = 0,
                                     .most = 0,
                                     .run = run};

}  // namespace mydock::cli
