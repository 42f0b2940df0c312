#include "engine/health/health_check.h"

namespace mydock::engine {

namespace {

constexpr std::chrono::seconds kInterval{30};
constexpr std::chrono::seconds kTimeout{30};
constexpr std::chrono::seconds kStartInterval{5};
constexpr std::int64_t kRetries = 3;

std::chrono::nanoseconds or_default(std::int64_t given, std::chrono::nanoseconds otherwise) {
  return given == 0 ? otherwise : std::chrono::nanoseconds(given);
}

}  // namespace

HealthTimes::HealthTimes(const api::Healthcheck& check)
    : interval(or_default(check.interval, kInterval)),
      timeout(or_default(check.timeout, kTimeout)),
      start_period(check.start_period),
      start_interval(or_default(check.start_interval, kStartInterval)),
      retries(check.retries == 0 ? kRetries : check.retries) {}

std::optional<api::Strings> probe_command(const api::ContainerConfig& config) {
  if (!config.healthcheck || config.healthcheck->test.empty()) return std::nullopt;
  const api::Strings& test = config.healthcheck->test;
  if (test.front() == "CMD" && test.size() > 1) return api::Strings(test.begin() + 1, test.end());
  if (test.front() != "CMD-SHELL" || test.size() < 2) return std::nullopt;
  api::Strings words = config.shell.empty() ? api::Strings{"/bin/sh", "-c"} : config.shell;
  words.insert(words.end(), test.begin() + 1, test.end());
  return words;
}

std::optional<api::Health> first_health(const api::ContainerConfig& config) {
  if (!probe_command(config)) return std::nullopt;
  return api::Health{.status = "starting", .failing_streak = 0, .log = {}};
}

std::chrono::nanoseconds next_probe(const HealthTimes& times, const api::Health& health,
                                    std::chrono::nanoseconds since_start) {
  const bool starts = health.status == "starting" && since_start < times.start_period;
  return starts ? times.start_interval : times.interval;
}

void take_result(api::Health& health, api::HealthProbe result, const HealthTimes& times,
                 Time started) {
  const bool starts = health.status == "starting" && result.start - started < times.start_period;
  if (result.exit_code == 0) {
    health.failing_streak = 0;
    health.status = "healthy";
  } else if (!starts && ++health.failing_streak >= times.retries) {
    health.status = "unhealthy";
  }
  if (health.log.size() >= kHealthLog) health.log.erase(health.log.begin());
  health.log.push_back(std::move(result));
}

std::string health_word(const std::optional<api::Health>& health) {
  return health ? health->status : "none";
}

}  // namespace mydock::engine
