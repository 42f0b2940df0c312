#pragma once

#include "base/fd.h"

namespace mydock::runtime::command {

// Between create and start somebody must hold the shim's end of init's channel: a small process
// that listens at DIRECTORY/gate.sock, and ends with the container's exec or death.
void keep_gate(Fd channel, const fs::path& directory);
// Opens it. Errors: conflict (there is no gate), what the exec met.
void open_gate(const fs::path& directory);

}  // namespace mydock::runtime::command
