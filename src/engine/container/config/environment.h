#pragma once

#include <string>
#include <string_view>

#include "api/json_types.h"

namespace mydock::engine {

// The part before "=".
std::string_view env_key(std::string_view entry);
// The request's entries in their order, then the image's whose key the request lacks.
api::Strings merge_env(const api::Strings& request, const api::Strings& image);
// Each entry of `changes` takes the place of the one with its key, or comes last; one without "="
// removes the key.
api::Strings override_env(api::Strings base, const api::Strings& changes);
// What a container's process gets, in Docker's order; HOME is the runtime's to add. `links`: what
// describes the containers that it is linked to.
api::Strings process_env(const api::Strings& configured, std::string_view hostname, bool terminal,
                         const api::Strings& links = {});

}  // namespace mydock::engine
