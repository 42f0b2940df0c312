#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "api/container.h"

namespace mydock::engine {

// A Healthcheck with Docker's defaults filled in.
struct HealthTimes {
  explicit HealthTimes(const api::Healthcheck& check);
  std::chrono::nanoseconds interval;
  std::chrono::nanoseconds timeout;
  std::chrono::nanoseconds start_period;
  std::chrono::nanoseconds start_interval;
  std::int64_t retries;
};

inline constexpr std::size_t kHealthLog = 5;               // results that are kept
inline constexpr std::size_t kLongestHealthOutput = 4096;  // bytes of each

// The words of the probe; no value: there is no check, or one of a kind that is unknown.
std::optional<api::Strings> probe_command(const api::ContainerConfig& config);
// What a container with this config has when it starts; no value without a check.
std::optional<api::Health> first_health(const api::ContainerConfig& config);
// How long from the end of one probe (or from the start) to the next.
std::chrono::nanoseconds next_probe(const HealthTimes& times, const api::Health& health,
                                    std::chrono::nanoseconds since_start);
// A probe has ended. Inside the start period failures do not count until it was healthy once.
void take_result(api::Health& health, api::HealthProbe result, const HealthTimes& times,
                 Time started);
// "starting", …; "none" without a check: for lists and their filter.
std::string health_word(const std::optional<api::Health>& health);

}  // namespace mydock::engine
