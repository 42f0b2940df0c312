#include <array>

#include "daemon/routes.h"
#include "engine/networks.h"

namespace mydock::daemon {

namespace {

void list(Call& call) {
  const auto filters = api::Filters::parse(call.query("filters"));
  std::vector<api::NetworkInspect> networks = call.engine.networks().list(filters);
  for (api::NetworkInspect& network : networks) api::shape_for(call.version, network);
  call.answer(200, networks);
}

void inspect(Call& call) {
  api::NetworkInspect network = call.engine.networks().inspect(call.path("ref"));
  api::shape_for(call.version, network);
  call.answer(200, network);
}

void create(Call& call) {
  call.answer(201, call.engine.networks().create(call.json<api::NetworkCreate>()));
}

void connect(Call& call) {
  call.engine.networks().connect(call.path("ref"), call.json<api::NetworkConnect>());
  call.respond.send(200, "", "");
}

void disconnect(Call& call) {
  call.engine.networks().disconnect(call.path("ref"), call.json<api::NetworkDisconnect>());
  call.respond.send(200, "", "");
}

void remove(Call& call) {
  call.engine.networks().remove(call.path("ref"));
  call.no_content();
}

void prune(Call& call) {
  call.answer(200, call.engine.networks().prune(api::Filters::parse(call.query("filters"))));
}

constexpr std::array kRoutes{
    Route{"GET", "/networks", {1, 24}, list},
    Route{"GET", "/networks/", {1, 24}, list},
    Route{"POST", "/networks/create", {1, 24}, create},
    Route{"POST", "/networks/prune", {1, 25}, prune},
    Route{"GET", "/networks/{ref}", {1, 24}, inspect},
    Route{"POST", "/networks/{ref}/connect", {1, 24}, connect},
    Route{"POST", "/networks/{ref}/disconnect", {1, 24}, disconnect},
    Route{"DELETE", "/networks/{ref}", {1, 24}, remove},
};

}  // namespace

std::span<const Route> network_routes() { return kRoutes; }

}  // namespace mydock::daemon
