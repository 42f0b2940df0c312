// Calls of Docker's API that mydock answers without having the thing: what it will never have (a
// swarm, plugins) as a Docker Engine without them does, and what is still to be built with 501.
#include <array>

#include "base/error.h"
#include "daemon/routes.h"

namespace mydock::daemon {

namespace {

void not_built(Call& call) {
  fail(Kind::not_implemented, "{} {} is not implemented yet", call.request.method(),
       call.request.path());
}

void no_swarm(Call& /*call*/) {
  fail(Kind::unavailable,
       "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to "
       "connect this node to swarm and try again.");
}

void leave_swarm(Call& /*call*/) { fail(Kind::unavailable, "This node is not part of a swarm"); }

void no_plugins(Call& call) { call.respond.send(200, "application/json", "[]\n"); }

void no_such_plugin(Call& call) {
  fail(Kind::not_found, "plugin \"{}\" not found", call.path("name"));
}

void no_cluster_volume(Call& /*call*/) {
  fail(Kind::unavailable, "volume update only valid for cluster volumes, but swarm is unavailable");
}

constexpr std::array kRoutes{
    Route{"GET", "/containers/{ref}/checkpoints", {1, 25}, not_built},
    Route{"POST", "/containers/{ref}/checkpoints", {1, 25}, not_built},
    Route{"PUT", "/volumes/{name}", {1, 42}, no_cluster_volume},
    Route{"GET", "/swarm", {1, 24}, no_swarm},
    Route{"POST", "/swarm/init", {1, 24}, not_built},
    Route{"POST", "/swarm/join", {1, 24}, not_built},
    Route{"POST", "/swarm/leave", {1, 24}, leave_swarm},
    Route{"POST", "/swarm/update", {1, 24}, no_swarm},
    Route{"GET", "/swarm/unlockkey", {1, 24}, no_swarm},
    Route{"POST", "/swarm/unlock", {1, 24}, no_swarm},
    Route{"GET", "/nodes", {1, 24}, no_swarm},
    Route{"GET", "/nodes/{name}", {1, 24}, no_swarm},
    Route{"DELETE", "/nodes/{name}", {1, 24}, no_swarm},
    Route{"POST", "/nodes/{name}/update", {1, 24}, no_swarm},
    Route{"GET", "/services", {1, 24}, no_swarm},
    Route{"GET", "/services/{name}", {1, 24}, no_swarm},
    Route{"POST", "/services/create", {1, 24}, no_swarm},
    Route{"DELETE", "/services/{name}", {1, 24}, no_swarm},
    Route{"POST", "/services/{name}/update", {1, 24}, no_swarm},
    Route{"GET", "/services/{name}/logs", {1, 24}, no_swarm},
    Route{"GET", "/tasks", {1, 24}, no_swarm},
    Route{"GET", "/tasks/{name}", {1, 24}, no_swarm},
    Route{"GET", "/tasks/{name}/logs", {1, 24}, no_swarm},
    Route{"GET", "/secrets", {1, 25}, no_swarm},
    Route{"GET", "/secrets/{name}", {1, 25}, no_swarm},
    Route{"POST", "/secrets/create", {1, 25}, no_swarm},
    Route{"DELETE", "/secrets/{name}", {1, 25}, no_swarm},
    Route{"POST", "/secrets/{name}/update", {1, 25}, no_swarm},
    Route{"GET", "/configs", {1, 30}, no_swarm},
    Route{"GET", "/configs/{name}", {1, 30}, no_swarm},
    Route{"POST", "/configs/create", {1, 30}, no_swarm},
    Route{"DELETE", "/configs/{name}", {1, 30}, no_swarm},
    Route{"POST", "/configs/{name}/update", {1, 30}, no_swarm},
    Route{"GET", "/plugins", {1, 24}, no_plugins},
    Route{"GET", "/plugins/privileges", {1, 24}, not_built},
    Route{"POST", "/plugins/pull", {1, 24}, not_built},
    Route{"POST", "/plugins/create", {1, 24}, not_built},
    Route{"GET", "/plugins/{name...}/json", {1, 24}, no_such_plugin},
    Route{"DELETE", "/plugins/{name...}", {1, 24}, no_such_plugin},
    Route{"POST", "/plugins/{name...}/enable", {1, 24}, no_such_plugin},
    Route{"POST", "/plugins/{name...}/disable", {1, 24}, no_such_plugin},
    Route{"POST", "/plugins/{name...}/upgrade", {1, 26}, no_such_plugin},
    Route{"POST", "/plugins/{name...}/push", {1, 24}, no_such_plugin},
    Route{"POST", "/plugins/{name...}/set", {1, 24}, no_such_plugin},
};

}  // namespace

std::span<const Route> absent_routes() { return kRoutes; }

}  // namespace mydock::daemon
