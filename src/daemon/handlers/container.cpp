#include <array>

#include "api/container_inspect.h"
#include "api/container_list.h"
#include "base/error.h"
#include "daemon/routes.h"
#include "engine/containers.h"

namespace mydock::daemon {

namespace {

engine::StopOptions stop_options(const Call& call) {
  engine::StopOptions options;
  if (const auto seconds = call.integer("t")) options.timeout = std::chrono::seconds(*seconds);
  const std::string signal = call.query("signal");
  if (!signal.empty() && call.version >= api::ApiVersion{1, 42}) options.signal = signal;
  return options;
}

void list(Call& call) {
  engine::ListOptions options;
  options.all = call.flag("all");
  options.size = call.flag("size");
  options.limit = static_cast<int>(call.integer("limit").value_or(0));
  options.filters = api::Filters::parse(call.query("filters"));
  std::vector<api::ContainerSummary> containers = call.engine.containers().list(options);
  for (api::ContainerSummary& container : containers) api::shape_for(call.version, container);
  call.answer(200, containers);
}

void create(Call& call) {
  api::ContainerCreate request = api::parse_container_create(call.json_text(""));
  api::Strings warnings = api::shape_for(call.version, request);
  const std::string platform = call.version >= api::ApiVersion{1, 41} ? call.query("platform") : "";
  api::ContainerCreated created =
      call.engine.containers().create(call.query("name"), platform, request);
  created.warnings.insert(created.warnings.end(), warnings.begin(), warnings.end());
  call.answer(201, created);
}

void inspect(Call& call) {
  api::ContainerInspect container =
      call.engine.containers().inspect(call.path("ref"), call.flag("size"));
  api::shape_for(call.version, container);
  call.answer(200, container);
}

void start(Call& call) {
  // Old clients sent a HostConfig here. Seven bytes are what some send for "no object".
  if (call.request.read_body(8).size() > 7) {
    fail(
        Kind::invalid,
        "starting container with non-empty request body was deprecated since API v1.22 and removed "
        "in v1.24");
  }
  const bool changed = call.engine.containers().start(call.path("ref"), call.engine.stopping());
  call.respond.send_status(changed ? 204 : 304);
}

void stop(Call& call) {
  const bool changed =
      call.engine.containers().stop(call.path("ref"), stop_options(call), call.engine.stopping());
  call.respond.send_status(changed ? 204 : 304);
}

void restart(Call& call) {
  call.engine.containers().restart(call.path("ref"), stop_options(call), call.engine.stopping());
  call.no_content();
}

void kill(Call& call) {
  call.engine.containers().kill(call.path("ref"), call.query("signal"), call.engine.stopping());
  call.no_content();
}

void pause(Call& call) {
  call.engine.containers().pause(call.path("ref"));
  call.no_content();
}

void unpause(Call& call) {
  call.engine.containers().unpause(call.path("ref"));
  call.no_content();
}

void remove(Call& call) {
  const engine::RemoveOptions options{
      .force = call.flag("force"), .volumes = call.flag("v"), .link = call.flag("link")};
  call.engine.containers().remove(call.path("ref"), options, call.engine.stopping());
  call.no_content();
}

void rename(Call& call) {
  call.engine.containers().rename(call.path("ref"), call.query("name"));
  call.no_content();
}

void update(Call& call) {
  auto request = call.json<api::ContainerUpdate>();
  api::shape_for(call.version, request);
  call.answer(200, call.engine.containers().update(call.path("ref"), request));
}

void top(Call& call) {
  const std::string ps_args = call.request.query("ps_args").value_or("-ef");
  call.answer(200, call.engine.containers().top(call.path("ref"), ps_args));
}

void changes(Call& call) {
  const std::vector<api::FileChange> found = call.engine.containers().changes(call.path("ref"));
  if (found.empty()) return call.respond.send(200, "application/json", "null\n");
  call.answer(200, found);
}

void prune(Call& call) {
  const auto filters = api::Filters::parse(call.query("filters"));
  call.answer(200, call.engine.containers().prune(filters, call.engine.stopping()));
}

constexpr std::array kRoutes{
    Route{"GET", "/containers/json", {1, 24}, list},
    Route{"POST", "/containers/create", {1, 24}, create},
    Route{"POST", "/containers/prune", {1, 25}, prune},
    Route{"GET", "/containers/{ref}/json", {1, 24}, inspect},
    Route{"GET", "/containers/{ref}/top", {1, 24}, top},
    Route{"GET", "/containers/{ref}/changes", {1, 24}, changes},
    Route{"POST", "/containers/{ref}/start", {1, 24}, start},
    Route{"POST", "/containers/{ref}/stop", {1, 24}, stop},
    Route{"POST", "/containers/{ref}/restart", {1, 24}, restart},
    Route{"POST", "/containers/{ref}/kill", {1, 24}, kill},
    Route{"POST", "/containers/{ref}/pause", {1, 24}, pause},
    Route{"POST", "/containers/{ref}/unpause", {1, 24}, unpause},
    Route{"POST", "/containers/{ref}/rename", {1, 24}, rename},
    Route{"POST", "/containers/{ref}/update", {1, 24}, update},
    Route{"DELETE", "/containers/{ref}", {1, 24}, remove},
};

}  // namespace

std::span<const Route> container_routes() { return kRoutes; }

}  // namespace mydock::daemon
