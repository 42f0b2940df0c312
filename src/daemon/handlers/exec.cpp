#include <array>

#include "daemon/answer_headers.h"
#include "daemon/routes.h"
#include "daemon/streams.h"
#include "engine/execs.h"

namespace mydock::daemon {

namespace {

void create(Call& call) {
  auto request = call.json<api::ExecCreate>();
  if (call.version < api::ApiVersion{1, 42}) request.console_size.reset();
  call.answer(201, call.engine.execs().create(call.path("ref"), request));
}

void start(Call& call) {
  auto request = call.json<api::ExecStart>("{}");
  if (call.version < api::ApiVersion{1, 42}) request.console_size.reset();
  engine::Execs::Start started = call.engine.execs().prepare_start(call.path("id"), request);
  if (request.detach) {
    started.run_detached();
    return call.respond.send(200, "", "");
  }
  http::Hijacked client = call.respond.hijack(
      stream_head(call, started.terminal() ? Framing::raw : Framing::multiplexed,
                  answer_header_lines(call.engine)));
  started.run(std::move(client.socket), std::move(client.pending));
}

void resize(Call& call) {
  const TerminalSize size = terminal_size(call);
  call.engine.execs().resize(call.path("id"), size.rows, size.columns, call.request.gone());
  call.respond.send(200, "", "");
}

void inspect(Call& call) { call.answer(200, call.engine.execs().inspect(call.path("id"))); }

constexpr std::array kRoutes{
    Route{"POST", "/containers/{ref}/exec", {1, 24}, create},
    Route{"POST", "/exec/{id}/start", {1, 24}, start},
    Route{"POST", "/exec/{id}/resize", {1, 24}, resize},
    Route{"GET", "/exec/{id}/json", {1, 24}, inspect},
};

}  // namespace

std::span<const Route> exec_routes() { return kRoutes; }

}  // namespace mydock::daemon
