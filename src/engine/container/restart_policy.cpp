#include "engine/container/restart_policy.h"

#include <algorithm>

#include "base/error.h"

namespace mydock::engine {

bool should_restart(const api::RestartPolicy& policy, const RestartQuestion& question) {
  if (policy.name == "always") return question.daemon_start || !question.manually_stopped;
  if (question.manually_stopped) return false;
  if (policy.name == "unless-stopped") return true;
  if (policy.name != "on-failure" || question.exit_code == 0) return false;
  return policy.maximum_retry_count == 0 || question.restart_count < policy.maximum_retry_count;
}

std::chrono::milliseconds next_delay(std::chrono::milliseconds last,
                                     std::chrono::nanoseconds ran_for) {
  constexpr std::chrono::milliseconds kFirst{100};
  constexpr std::chrono::milliseconds kMost{60'000};
  constexpr std::chrono::seconds kGoodRun{10};
  if (last.count() == 0 || ran_for >= kGoodRun) return kFirst;
  return std::min(last * 2, kMost);
}

void validate(const api::RestartPolicy& policy) {
  const bool known = policy.name.empty() || policy.name == "no" || policy.name == "always" ||
                     policy.name == "on-failure" || policy.name == "unless-stopped";
  if (!known) {
    fail(Kind::invalid,
         "invalid restart policy: unknown policy '{}'; use one of 'no', 'always', 'on-failure', or "
         "'unless-stopped'",
         policy.name);
  }
  if (policy.maximum_retry_count != 0 && policy.name != "on-failure") {
    fail(Kind::invalid,
         "invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
  if (policy.maximum_retry_count < 0) {
    fail(Kind::invalid, "invalid restart policy: maximum retry count cannot be negative");
  }
}

}  // namespace mydock::engine
