#include <array>

#include "base/base64.h"
#include "base/error.h"
#include "daemon/progress_stream.h"
#include "daemon/registry_auth.h"
#include "daemon/routes.h"
#include "engine/registries.h"

namespace mydock::daemon {

namespace {

void push(Call& call) {
  ProgressStream stream(call);
  stream.run([&](const engine::ImageProgress& progress) {
    call.engine.registries().push(call.path("name"), call.query("tag"), registry_auth(call),
                                  progress, call.request.gone());
  });
}

void search(Call& call) {
  call.answer(200,
              call.engine.registries().search(call.query("term"), call.integer("limit").value_or(0),
                                              api::Filters::parse(call.query("filters")),
                                              registry_auth(call), call.request.gone()));
}

void distribution(Call& call) {
  call.answer(200, call.engine.registries().distribution(call.path("name"), registry_auth(call),
                                                         call.request.gone()));
}

void log_in(Call& call) {
  const auto auth = call.json<api::AuthConfig>("{}");
  call.answer(200, call.engine.registries().log_in(auth, call.request.gone()));
}

constexpr std::array kRoutes{
    Route{"POST", "/auth", {1, 24}, log_in},
    Route{"GET", "/images/search", {1, 24}, search},
    Route{"POST", "/images/{name...}/push", {1, 24}, push},
    Route{"GET", "/distribution/{name...}/json", {1, 30}, distribution},
};

}  // namespace

std::span<const Route> registry_routes() { return kRoutes; }

}  // namespace mydock::daemon
