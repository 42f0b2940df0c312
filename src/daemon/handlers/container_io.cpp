#include <sys/socket.h>

#include <array>
#include <charconv>

#include "api/container_stats.h"
#include "api/error.h"
#include "base/error.h"
#include "daemon/routes.h"
#include "daemon/streams.h"
#include "daemon/websocket_pump.h"
#include "engine/container_io.h"
#include "engine/containers.h"
#include "engine/stats.h"

namespace mydock::daemon {

namespace {

engine::AttachOptions attach_options(const Call& call) {
  return {.logs = call.flag("logs"),
          .stream = call.flag("stream"),
          .stdin_open = call.flag("stdin"),
          .stdout_open = call.flag("stdout"),
          .stderr_open = call.flag("stderr"),
          .detach_keys = call.query("detachKeys"),
          .pending_input = {}};
}

std::string_view reason(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 409:
      return "Conflict";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

// Errors before the head of attach are not JSON: the client already reads a raw stream.
void refuse_attach(Call& call, const Error& error) {
  const int status = api::status_of(error.kind());
  call.respond.hijack(fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\n\r\n{}\r\n", status,
                                  reason(status), kRawStream, error.message()));
}

void attach(Call& call) {
  engine::AttachOptions options = attach_options(call);
  std::optional<engine::ContainerIo::Attachment> attachment;
  try {
    attachment = call.engine.io().prepare_attach(call.path("ref"), options);
  } catch (const Error& error) {
    return refuse_attach(call, error);
  }
  http::Hijacked client = call.respond.hijack(
      stream_head(call, attachment->terminal() ? Framing::raw : Framing::multiplexed, {}));
  attachment->add_input(std::move(client.pending));
  attachment->run(std::move(client.socket), call.engine.stopping());
}

// Errors before the upgrade are ordinary answers.
void attach_websocket(Call& call) {
  engine::AttachOptions options = attach_options(call);
  if (call.version < api::ApiVersion{1, 42}) {
    options.stdin_open = options.stdout_open = options.stderr_open = true;
  }
  const std::string head = http::websocket_head(call.request);
  engine::ContainerIo::Attachment attachment =
      call.engine.io().prepare_attach(call.path("ref"), options);
  http::Hijacked client = call.respond.hijack(head);
  auto [ours, theirs] = make_socketpair(SOCK_STREAM);
  const bool binary = call.version >= api::ApiVersion{1, 28};
  const WebsocketPump pump({.client = std::move(client.socket),
                            .pending = std::move(client.pending),
                            .stream = std::move(ours),
                            .framed = !attachment.terminal(),
                            .opcode = binary ? http::Opcode::binary : http::Opcode::text},
                           call.engine.stopping());
  attachment.run(std::move(theirs), call.engine.stopping());
}

void logs(Call& call) {
  engine::LogsOptions options;
  options.follow = call.flag("follow");
  options.stdout_open = call.flag("stdout");
  options.stderr_open = call.flag("stderr");
  options.since = call.time("since");
  if (call.version >= api::ApiVersion{1, 35}) options.until = call.time("until");
  options.timestamps = call.flag("timestamps");
  options.details = call.flag("details");
  const std::string tail = call.query("tail");
  std::uint64_t lines = 0;
  const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), lines);
  // Whatever is no number means "all", as in Docker.
  if (error == std::errc{} && end == tail.data() + tail.size()) options.tail = lines;
  engine::ContainerIo::LogReader reader = call.engine.io().prepare_logs(call.path("ref"), options);
  Sink& out = call.respond.begin_stream(
      200, stream_type(call, reader.terminal() ? Framing::raw : Framing::multiplexed, true));
  reader.run(out, call.request.gone());
  call.respond.end_stream();
}

void clear_logs(Call& call) {
  call.engine.io().clear_logs(call.path("ref"));
  call.no_content();
}

void wait(Call& call) {
  const bool knows_conditions = call.version >= api::ApiVersion{1, 30};
  engine::Waiter waiter = call.engine.containers().prepare_wait(
      call.path("ref"), knows_conditions ? call.query("condition") : "");
  if (!knows_conditions) return call.answer(200, waiter.wait(call.request.gone()));
  // The head goes out before the wait: `docker run` does not start the container before it has it.
  Sink& out = call.respond.begin_stream(200, "application/json");
  out.write(to_json(waiter.wait(call.request.gone())) + "\n");
  call.respond.end_stream();
}

void stats(Call& call) {
  const bool knows_one_shot = call.version >= api::ApiVersion{1, 41};
  const engine::StatsOptions options{.stream = call.flag("stream", true),
                                     .one_shot = knows_one_shot && call.flag("one-shot")};
  engine::Stats::Reader reader = call.engine.stats().prepare(call.path("ref"), options);
  Sink& out = call.respond.begin_stream(200, "application/json");
  reader.run(
      [&](const api::ContainerStats& sample) {
        api::ContainerStats shaped = sample;
        api::shape_for(call.version, shaped);
        out.write(to_json(shaped) + "\n");
      },
      call.request.gone());
  call.respond.end_stream();
}

void resize(Call& call) {
  const TerminalSize size = terminal_size(call);
  call.engine.containers().resize(call.path("ref"), size.rows, size.columns);
  call.respond.send(200, "", "");
}

constexpr std::array kRoutes{
    Route{"POST", "/containers/{ref}/attach", {1, 24}, attach},
    Route{"GET", "/containers/{ref}/attach/ws", {1, 24}, attach_websocket},
    Route{"GET", "/containers/{ref}/logs", {1, 24}, logs},
    Route{"DELETE", "/containers/{ref}/logs", {1, 24}, clear_logs},
    Route{"GET", "/containers/{ref}/stats", {1, 24}, stats},
    Route{"POST", "/containers/{ref}/wait", {1, 24}, wait},
    Route{"POST", "/containers/{ref}/resize", {1, 24}, resize},
};

}  // namespace

std::span<const Route> container_io_routes() { return kRoutes; }

}  // namespace mydock::daemon
