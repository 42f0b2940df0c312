#pragma once

#include <string_view>

namespace mydock {

// Ends the process with SIGKILL where the environment's MYDOCK_FAILPOINT is `name`. Stands behind
// each step that leaves something durable; tests/crash/failpoint_test.py finds all of them in the
// sources and sweeps over them. Costs the test of a flag otherwise.
void failpoint(std::string_view name);

}  // namespace mydock
