#pragma once

#include <memory>
#include <stop_token>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/parts.h"

namespace mydock::engine {

enum class StartCause { user, restart_policy, daemon };

// False: it runs already (or, for the policy: it was stopped meanwhile). Errors: those of
// Containers::start; the container is then as before, with State.Error and ExitCode set.
bool start_container(Parts& parts, const std::shared_ptr<Container>& container, StartCause cause,
                     const std::stop_token& stop);

// A runtime's error in the words that Docker's clients look for, and what State.ExitCode becomes.
struct StartFailure {
  Error error;
  int exit_code;
};
StartFailure translate_start_error(const Error& error);
// One that happened before there was a runtime to ask.
StartFailure plain_start_error(const Error& error);
// An exec's: "OCI runtime exec failed: …".
StartFailure translate_exec_error(const Error& error);

}  // namespace mydock::engine
