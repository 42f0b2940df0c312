#include "daemon/dispatch.h"

#include "api/error.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/answer_headers.h"
#include "daemon/routes.h"

namespace mydock::daemon {

namespace {

void answer_error(http::Responder& respond, int status, std::string message) {
  respond.send(status, "application/json", to_json(api::ErrorBody{std::move(message)}) + "\n");
}

// Segments of the path without the version prefix, if it has one.
std::span<const std::string> without_version(const http::Request& request, bool versioned) {
  return std::span(request.segments()).subspan(versioned ? 1 : 0);
}

}  // namespace

Dispatch::Dispatch(engine::Engine& engine) : engine_(engine), routes_(routes()) {}

void Dispatch::route(http::Request& request, http::Responder& respond) const {
  const api::VersionedPath split = api::split_version(request.path());
  const auto segments = without_version(request, split.path.size() != request.path().size());
  for (const Route& route : routes_) {
    if (route.method != request.method()) continue;
    auto parameters = match(route.pattern, segments);
    if (!parameters) continue;
    api::require_version(split.version, route.since, route.method, split.path);
    Call call(engine_, request, respond, split.version);
    call.parameters = std::move(*parameters);
    return route.handler(call);
  }
  if (request.method() == "OPTIONS") return respond.send(200, "", "");
  answer_error(respond, 404, "page not found");
}

void Dispatch::operator()(http::Request& request, http::Responder& respond) const {
  add_answer_headers(engine_, respond);
  if (request.find_header("Origin") != nullptr) {
    // Only a browser sends it, and no page has business here (security: CSRF, DNS rebinding).
    return answer_error(respond, 403, "requests from a web page are not allowed");
  }
  try {
    route(request, respond);
  } catch (const Error& error) {
    // A head that is out cannot be taken back: the connection breaks, and the client sees it.
    if (respond.started()) {
      log::debug("{} {}: {}", request.method(), request.path(), error.what());
      throw;
    }
    const int status = api::status_of(error.kind());
    if (status >= 500) log::error("{} {}: {}", request.method(), request.path(), error.what());
    answer_error(respond, status, error.message());
  }
}

}  // namespace mydock::daemon
