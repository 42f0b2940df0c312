#pragma once

#include <optional>

#include "base/fd.h"
#include "base/json.h"
#include "runtime/task.h"

namespace mydock::runtime {

template <class V>
void fields(V& v, Of<Exit> auto& e) {
  v("code", e.code);
  v("oom_killed", e.oom_killed);
  v("at", e.at);
  v.omit_empty("log_dropped", e.log_dropped);
}

}  // namespace mydock::runtime

namespace mydock::runtime::shim {

// exit.json in the bundle: there whole or not at all.
void write_exit(const fs::path& bundle, const Exit& exit, bool durable);
// No value: there is none. A record that cannot be read is none: the exit code is lost, not the
// container.
std::optional<Exit> read_exit(const fs::path& bundle);

// waitpid(2)'s status as a shell tells it.
int exit_code_of(int status);

}  // namespace mydock::runtime::shim
