#include <chrono>
#include <thread>

#include "api/event.h"
#include "api/json_stream.h"
#include "base/id.h"
#include "cli/invocation.h"
#include "cli/listing/stats.h"
#include "cli/stats/stats_view.h"

namespace mydock::cli {

namespace {

constexpr Flag kFlags[] = {
    {"all", 'a', FlagType::boolean, "Show all containers (default shows just running)"},
    {"format", 0, FlagType::text,
     "Format output using a custom template:\n'table':            Print output "
     "in table format with column headers (default)\n'table TEMPLATE':   Print "
     "output in table format using the given Go template\n'json':             "
     "Print in JSON format\n'TEMPLATE':         Print output using the given Go "
     "template.\nRefer to https://docs.docker.com/go/formatting/ for more "
     "information about formatting output with templates"},
    {"no-stream", 0, FlagType::boolean, "Disable streaming stats and only pull the first result"},
    {"no-trunc", 0, FlagType::boolean, "Do not truncate output"},
};

constexpr std::chrono::milliseconds kTick{500};

// Containers that come and go while all are shown.
class Comings {
 public:
  Comings(client::ApiClient& like, StatsView& view, bool all)
      : host_(like.host()), version_(like.session().version()), view_(view), all_(all) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

 private:
  void run(const std::stop_token& stop) {
    try {
      client::ApiClient api(host_);
      api.session().set_version(version_);
      client::EventsQuery query;
      query.filters.add("type", "container");
      query.stop = stop;
      http::Response response = api.system().events(query);
      api::JsonLines lines(response.body());
      while (const auto line = lines.next()) take(from_json<api::Event>(*line));
    } catch (const Error&) {  // the daemon has gone: the streams of the containers say it too
      return;
    }
  }
  void take(const api::Event& event) {
    const std::string ref = short_id(event.actor.id);
    if (event.action == (all_ ? "create" : "start")) view_.follow(ref);
    if (event.action == (all_ ? "destroy" : "die")) view_.forget(ref);
  }

  const std::string host_;
  const api::ApiVersion version_;
  StatsView& view_;
  const bool all_;
  std::jthread thread_;
};

// In place of the last one, where the output is a terminal.
void paint(Invocation& call, const std::vector<Value>& rows, bool repaint) {
  if (repaint) call.console.bytes("\033[H\033[2J");
  print_listing(call.console, stats_listing(), rows, {.format = call.flags.text("format")});
  call.console.flush();
}

int run(Invocation& call) {
  const bool stream = !call.flags.boolean("no-stream");
  const bool all = call.flags.boolean("all");
  const bool truncate = !call.flags.boolean("no-trunc");
  const bool named = !call.args.empty();
  std::vector<std::string> refs = call.args;
  if (!named) {
    const auto list = from_daemon([&] { return call.api().containers().list({.all = all}); });
    for (const auto& container : list) refs.push_back(short_id(container.id));
  } else {
    from_daemon([&] { call.api().system().ping(); });
  }
  StatsView view(call.api(), stream);
  for (const std::string& ref : refs) view.follow(ref);
  std::optional<Comings> comings;
  if (stream && !named) comings.emplace(call.api(), view, all);
  from_daemon([&] { view.wait_for_first(); });
  paint(call, view.rows(truncate), stream && call.console.out_is_terminal());
  while (stream && (!named || view.any_left())) {
    std::this_thread::sleep_for(kTick);
    paint(call, view.rows(truncate), call.console.out_is_terminal());
  }
  return 0;
}

}  // namespace

extern const Command kContainerStats;
constinit const Command kContainerStats{
    .name = "stats",
    .forms = "container stats, stats",
    .arguments = "[OPTIONS] [CONTAINER...]",
    .summary = "Display a live stream of container(s) resource usage statistics",
    .flags = kFlags,
    .least = 0,
    .run = run};

}  // namespace mydock::cli
