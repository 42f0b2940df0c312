#include "api/stream.h"
#include "cli/format/units.h"
#include "cli/invocation.h"
#include "cli/terminal/console_sink.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"clear", 0, FlagType::boolean, "Empty the log instead of showing it"},
    {"details", 0, FlagType::boolean, "Show extra details provided to logs"},
    {"follow", 'f', FlagType::boolean, "Follow log output"},
    {"since", 0, FlagType::text,
     "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative "
     "(e.g. \"42m\" for 42 minutes)"},
    {"tail", 'n', FlagType::text,
     "Number of lines to show from the end of the logs (default \"all\")"},
    {"timestamps", 't', FlagType::boolean, "Show timestamps"},
    {"until", 0, FlagType::text,
     "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative "
     "(e.g. \"42m\" for 42 minutes)"},
};

std::string time_query(const Flags& flags, std::string_view name) {
  const std::string text = flags.text(name);
  if (text.empty()) return {};
  return in_context(fmt::format("invalid value for \"{}\"", name),
                    [&] { return timestamp_query(text); });
}

int run(Invocation& call) {
  if (call.flags.boolean("clear")) {
    from_daemon([&] { call.api().containers().clear_logs(call.args[0]); });
    return 0;
  }
  client::LogsQuery query;
  query.follow = call.flags.boolean("follow");
  query.timestamps = call.flags.boolean("timestamps");
  query.details = call.flags.boolean("details");
  query.since = time_query(call.flags, "since");
  query.until = time_query(call.flags, "until");
  query.tail = call.flags.text("tail", "all");
  auto& containers = call.api().containers();
  const auto container = from_daemon([&] { return containers.inspect(call.args[0]); });
  http::Response response = from_daemon([&] { return containers.logs(container.id, query); });
  ConsoleSink out(call.console, ConsoleSink::To::out);
  if (container.config.tty) {
    copy(response.body(), out);
  } else {
    ConsoleSink err(call.console, ConsoleSink::To::err);
    api::demultiplex(response.body(), out, err);
  }
  return 0;
}

}  // namespace

extern const Command kContainerLogs;
constinit const Command kContainerLogs{.name = "logs",
                                       .forms = "container logs, logs",
                                       .arguments = "[OPTIONS] CONTAINER",
                                       .summary = "Fetch the logs of a container",
                                       .flags = kFlags,
                                       .least = 1,
                                       .most = 1,
                                       .run = run};

}  // namespace mydock::cli
