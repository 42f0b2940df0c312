#pragma once

#include <chrono>

#include "api/host_config.h"

namespace mydock::engine {

struct RestartQuestion {
  int exit_code = 0;
  int restart_count = 0;
  bool manually_stopped = false;
  bool daemon_start = false;  // asked when the daemon starts, not when the container ended
};
bool should_restart(const api::RestartPolicy& policy, const RestartQuestion& question);

// The pause before the next try: 100 ms first, doubling, a minute at most; from the start again
// after a run of ten seconds.
std::chrono::milliseconds next_delay(std::chrono::milliseconds last,
                                     std::chrono::nanoseconds ran_for);

// Errors: invalid, in Docker's words.
void validate(const api::RestartPolicy& policy);

}  // namespace mydock::engine
