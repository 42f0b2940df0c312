#include <array>

#include "api/event.h"
#include "api/info.h"
#include "base/error.h"
#include "daemon/routes.h"
#include "engine/builds.h"
#include "engine/events.h"
#include "engine/system.h"

namespace mydock::daemon {

namespace {

void ping(Call& call) {
  call.respond.header("Builder-Version", "1");
  call.respond.header("Swarm", "inactive");
  call.respond.header("Cache-Control", "no-cache, no-store, must-revalidate");
  call.respond.header("Pragma", "no-cache");
  call.respond.send(200, "text/plain; charset=utf-8", call.request.method() == "HEAD" ? "" : "OK");
}

void version(Call& call) { call.answer(200, call.engine.system().version()); }

void info(Call& call) {
  api::Info info = call.engine.system().info();
  api::shape_for(call.version, info);
  call.answer(200, info);
}

void events(Call& call) {
  engine::EventsQuery query;
  query.since = call.time("since");
  query.until = call.time("until");
  if (query.since && query.until && *query.since > *query.until) {
    fail(Kind::invalid, "`since` time ({}) cannot be after `until` time ({})", call.query("since"),
         call.query("until"));
  }
  query.filters = api::Filters::parse(call.query("filters"));
  engine::Events::Subscription subscription = call.engine.events().subscribe(query);
  const std::stop_token gone = call.request.gone();
  Sink& out = call.respond.begin_stream(
      200, call.version >= api::ApiVersion{1, 52} ? "application/jsonl" : "application/json");
  subscription.run(
      [&](const api::Event& event) {
        if (!api::known_to(call.version, event)) return;
        api::Event shaped = event;
        api::shape_for(call.version, shaped);
        out.write(to_json(shaped) + "\n");
      },
      gone);
  call.respond.end_stream();
}

void disk_usage(Call& call) {
  api::DiskUsage usage = call.engine.system().disk_usage();
  usage.build_cache = call.engine.builds().disk_usage();
  api::shape_for(call.version, usage);
  call.answer(200, usage);
}

constexpr std::array kRoutes{
    Route{"GET", "/_ping", {1, 24}, ping},      Route{"HEAD", "/_ping", {1, 24}, ping},
    Route{"GET", "/version", {1, 24}, version}, Route{"GET", "/info", {1, 24}, info},
    Route{"GET", "/events", {1, 24}, events},   Route{"GET", "/system/df", {1, 25}, disk_usage},
};

}  // namespace

std::span<const Route> system_routes() { return kRoutes; }

}  // namespace mydock::daemon
