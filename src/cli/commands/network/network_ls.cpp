#include <algorithm>

#include "base/id.h"
#include "cli/format/units.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"filter", 'f', FlagType::filter, "Provide filter values (e.g. \"driver=bridge\")"},
    {"format", 0, FlagType::text,
     "Format output using a custom template:\n'table':            Print output "
     "in table format with column headers (default)\n'table TEMPLATE':   Print "
     "output in table format using the given Go template\n'json':             "
     "Print in JSON format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"no-trunc", 0, FlagType::boolean, "Do not truncate the output"},
    {"quiet", 'q', FlagType::boolean, "Only display network IDs"},
};

Listing network_listing() {
  Listing listing;
  listing.row_type = "*formatter.networkContext";
  listing.default_table = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}";
  listing.quiet = "{{.ID}}";
  listing.has_labels = true;
  listing.headers = {{"ID", "NETWORK ID"},     {"Name", "NAME"},     {"Driver", "DRIVER"},
                     {"Scope", "SCOPE"},       {"IPv4", "IPV4"},     {"IPv6", "IPV6"},
                     {"Internal", "INTERNAL"}, {"Labels", "LABELS"}, {"CreatedAt", "CREATED AT"}};
  return listing;
}

std::string flag_text(bool value) { return value ? "true" : "false"; }

Value network_row(const api::NetworkInspect& network, bool truncate) {
  const std::int64_t created = network.created.time_since_epoch().count();
  return Value::map({{"CreatedAt", go_time_text(created / 1000000000, created % 1000000000)},
                     {"Driver", network.driver},
                     {"ID", truncate ? short_id(network.id) : network.id},
                     {"IPv4", flag_text(network.enable_ipv4.value_or(true))},
                     {"IPv6", flag_text(network.enable_ipv6)},
                     {"Internal", flag_text(network.internal)},
                     {"Labels", join_labels(network.labels)},
                     {"Name", network.name},
                     {"Scope", network.scope},
                     label_lookup(network.labels)});
}

int run(Invocation& call) {
  auto networks = from_daemon(
      [&] { return call.api().networks().list(read_filters(call.flags.list("filter"))); });
  std::sort(networks.begin(), networks.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::vector<Value> rows;
  for (const auto& network : networks) {
    rows.push_back(network_row(network, !call.flags.boolean("no-trunc")));
  }
  print_listing(call.console, network_listing(), rows,
                {.format = call.flags.text("format"), .quiet = call.flags.boolean("quiet")});
  return 0;
}

}  // namespace

extern const Command kNetworkLs;
constinit const Command kNetworkLs{.name = "network ls",
                                   .forms = "network ls, network list",
                                   .arguments = "[OPTIONS]",
                                   .summary = "List networks",
                                   .flags = kFlags,
                                   .least = 0,
                                   .most = 0,
                                   .run = run};

}  // namespace mydock::cli
