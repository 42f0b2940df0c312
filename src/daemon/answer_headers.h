#pragma once

#include <string>

#include "engine/engine.h"
#include "http/responder.h"

namespace mydock::daemon {

// What every routed answer carries: Api-Version, Docker-Experimental, Ostype, Server.
void add_answer_headers(const engine::Engine& engine, http::Responder& respond);
// The same as text, for heads that are written whole.
std::string answer_header_lines(const engine::Engine& engine);

}  // namespace mydock::daemon
