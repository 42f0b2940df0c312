#include "client/exec_calls.h"

#include "api/container_results.h"

namespace mydock::client {

std::string ExecCalls::create(std::string_view container, const api::ExecCreate& create) {
  return session_
      .json<api::IdAnswer>({.method = "POST",
                            .path = object_path("containers", container, "exec"),
                            .json = to_json(create)})
      .id;
}

HijackedStream ExecCalls::start(std::string_view id, const api::ExecStart& start) {
  return session_.upgrade({.path = object_path("exec", id, "start"), .json = to_json(start)});
}

void ExecCalls::start_detached(std::string_view id, bool tty) {
  session_.done({.method = "POST",
                 .path = object_path("exec", id, "start"),
                 .json = to_json(api::ExecStart{.detach = true, .tty = tty, .console_size = {}})});
}

void ExecCalls::resize(std::string_view id, std::uint32_t rows, std::uint32_t columns) {
  session_.done(
      {.method = "POST",
       .path = object_path("exec", id, "resize"),
       .query = Query().add("h", std::to_string(rows)).add("w", std::to_string(columns))});
}

api::ExecInspect ExecCalls::inspect(std::string_view id) {
  return session_.json<api::ExecInspect>({.path = object_path("exec", id, "json")});
}

}  // namespace mydock::client
