#include "api/json_stream.h"
#include "cli/format/template.h"
#include "cli/format/units.h"
#include "cli/invocation.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"filter", 'f', FlagType::filter, "Filter output based on conditions provided"},
    {"format", 0, FlagType::text,
     "Format output using a custom template:\n'json':             Print in JSON "
     "format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"since", 0, FlagType::text, "Show all events created since timestamp"},
    {"until", 0, FlagType::text, "Stream events until this timestamp"},
};

constexpr std::string_view kProblem = "Error parsing format";

std::string time_query(const Flags& flags, std::string_view name) {
  const std::string text = flags.text(name);
  return text.empty() ? "" : timestamp_query(text);
}

// "TIME TYPE ACTION ID (k=v, k=v)".
std::string plain_line(const Value& event) {
  const std::int64_t nano = event["timeNano"].to_integer();
  std::string line = fmt::format("{} {} {} {}", go_local_time(nano), event["Type"].to_text(),
                                 event["Action"].to_text(), event["Actor"]["ID"].to_text());
  std::string attributes;
  for (const ValueMember* member : event["Actor"]["Attributes"].sorted_members()) {
    attributes += (attributes.empty() ? "" : ", ") + member->first + "=" + member->second.to_text();
  }
  return attributes.empty() ? line : line + " (" + attributes + ")";
}

int run(Invocation& call) {
  client::EventsQuery query;
  query.since = time_query(call.flags, "since");
  query.until = time_query(call.flags, "until");
  query.filters = read_filters(call.flags.list("filter"));
  const std::string format = call.flags.text("format");
  std::optional<Template> shape;
  if (!format.empty() && format != "json") shape = parse_format(format, kProblem);
  http::Response response = from_daemon([&] { return call.api().system().events(query); });
  api::JsonLines lines(response.body());
  while (const auto line = lines.next()) {
    if (format == "json") {
      call.console.line(*line);
    } else {
      const Value event = parse_value(*line);
      call.console.line(shape ? execute_format(*shape, event, {.typed = true}, kProblem, 64)
                              : plain_line(event));
    }
    call.console.flush();
  }
  return 0;
}

}  // namespace

extern const Command kEvents;
constinit const Command kEvents{.name = "events",
                                .forms = "system events, events",
                                .arguments = "[OPTIONS]",
                                .summary = "Get real time events from the server",
                                .flags = kFlags,
                                .least = 0,
                                .most = 0,
                                .run = run};

}  // namespace mydock::cli
