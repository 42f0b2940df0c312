#include <algorithm>

#include "cli/format/value.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"cluster", 0, FlagType::boolean,
     "Display only cluster volumes, and use cluster volume list formatting",
     "is only for cluster volumes, and this node is not a swarm manager"},
    {"filter", 'f', FlagType::filter, "Provide filter values (e.g. \"dangling=true\")"},
    {"format", 0, FlagType::text,
     "Format output using a custom template:\n'table':            Print output "
     "in table format with column headers (default)\n'table TEMPLATE':   Print "
     "output in table format using the given Go template\n'json':             "
     "Print in JSON format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"quiet", 'q', FlagType::boolean, "Only display volume names"},
};

Listing volume_listing() {
  Listing listing;
  listing.row_type = "*formatter.volumeContext";
  listing.default_table = "{{.Driver}}\t{{.Name}}";
  listing.quiet = "{{.Name}}";
  listing.has_labels = true;
  listing.headers = {{"Name", "VOLUME NAME"}, {"Driver", "DRIVER"},
                     {"Scope", "SCOPE"},      {"Mountpoint", "MOUNTPOINT"},
                     {"Labels", "LABELS"},    {"Links", "LINKS"},
                     {"Size", "SIZE"},        {"Availability", "AVAILABILITY"},
                     {"Group", "GROUP"},      {"Status", "STATUS"}};
  return listing;
}

Value volume_row(const Value& volume) {
  api::StringMap labels;
  for (const auto& [key, value] : volume["Labels"].members()) labels[key] = value.to_text();
  return Value::map({{"Availability", "N/A"},
                     {"Driver", volume["Driver"]},
                     {"Group", "N/A"},
                     {"Labels", join_labels(labels)},
                     {"Links", "N/A"},
                     {"Mountpoint", volume["Mountpoint"]},
                     {"Name", volume["Name"]},
                     {"Scope", volume["Scope"]},
                     {"Size", "N/A"},
                     {"Status", "N/A"},
                     label_lookup(labels)});
}

int run(Invocation& call) {
  const auto filters = read_filters(call.flags.list("filter"));
  const Value answer = from_daemon([&] {
    client::Query query;
    query.add_if("filters", filters.encode());
    return parse_value(call.api().session().text(client::Call{.path = "/volumes", .query = query}));
  });
  std::vector<Value> rows;
  for (const Value& volume : answer["Volumes"].items()) rows.push_back(volume_row(volume));
  std::sort(rows.begin(), rows.end(), [](const Value& a, const Value& b) {
    return a["Name"].to_text() < b["Name"].to_text();
  });
  print_listing(call.console, volume_listing(), rows,
                {.format = call.flags.text("format"), .quiet = call.flags.boolean("quiet")});
  return 0;
}

}  // namespace

extern const Command kVolumeLs;
constinit const Command kVolumeLs{.name = "volume ls",
                                  .forms = "volume ls, volume list",
                                  .arguments = "[OPTIONS]",
                                  .summary = "List volumes",
                                  .flags = kFlags,
                                  .least = 0,
                                  .most = 0,
                                  .run = run};

}  // namespace mydock::cli
