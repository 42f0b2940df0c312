#include "daemon/answer_headers.h"

#include <fmt/core.h>

#include "api/version.h"

namespace mydock::daemon {

namespace {

// Old Go clients parse the "(linux)".
std::string server(const engine::Engine& engine) {
  return fmt::format("Docker/{} (linux)", engine.options().version);
}

}  // namespace

void add_answer_headers(const engine::Engine& engine, http::Responder& respond) {
  respond.header("Api-Version", api::kAdvertised.text());
  respond.header("Docker-Experimental", engine.options().experimental ? "true" : "false");
  respond.header("Ostype", "linux");
  respond.header("Server", server(engine));
}

std::string answer_header_lines(const engine::Engine& engine) {
  return fmt::format(
      "Api-Version: {}\r\nDocker-Experimental: {}\r\nOstype: linux\r\nServer: {}\r\n",
      api::kAdvertised.text(), engine.options().experimental, server(engine));
}

}  // namespace mydock::daemon
