#include <array>

#include "daemon/routes.h"
#include "engine/volumes.h"

namespace mydock::daemon {

namespace {

void list(Call& call) {
  call.answer(200, call.engine.volumes().list(api::Filters::parse(call.query("filters"))));
}

void inspect(Call& call) { call.answer(200, call.engine.volumes().inspect(call.path("name"))); }

void create(Call& call) {
  call.answer(201, call.engine.volumes().create(call.json<api::VolumeCreate>("{}")));
}

void remove(Call& call) {
  call.engine.volumes().remove(call.path("name"), call.flag("force"));
  call.no_content();
}

void prune(Call& call) {
  call.answer(200, call.engine.volumes().prune(api::Filters::parse(call.query("filters"))));
}

constexpr std::array kRoutes{
    Route{"GET", "/volumes", {1, 24}, list},
    Route{"POST", "/volumes/create", {1, 24}, create},
    Route{"POST", "/volumes/prune", {1, 25}, prune},
    Route{"GET", "/volumes/{name}", {1, 24}, inspect},
    Route{"DELETE", "/volumes/{name}", {1, 24}, remove},
};

}  // namespace

std::span<const Route> volume_routes() { return kRoutes; }

}  // namespace mydock::daemon
