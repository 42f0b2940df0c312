#pragma once

#include <algorithm>
#include <chrono>

#include "base/stop.h"
#include "registry/refusal.h"

namespace mydock::registry {

// Whether the same may work a little later.
inline bool may_pass(const Error& error) {
  if (const auto* refusal = dynamic_cast<const Refusal*>(&error)) {
    // A limit that has been reached is not undone by asking on, unless its end is told.
    if (refusal->status() == 429) return refusal->retry_after().has_value();
    return refusal->passes();
  }
  if (error.kind() == Kind::deadline) return true;
  if (error.kind() != Kind::system) return false;
  const std::string& text = error.message();
  const auto says = [&](std::string_view words) { return text.find(words) != std::string::npos; };
  // Nobody will listen there soon, and no certificate gets better.
  return !says("x509:") && !says("no such host") && !says("refused") && !says("tls:") &&
         !says("no basic auth") && !says("redirect") && error.error_number() != ENOSPC;
}

// How long before try number `attempt` (from 1).
inline std::chrono::milliseconds wait_before(const Error& error, int attempt,
                                             std::chrono::milliseconds first) {
  if (const auto* refusal = dynamic_cast<const Refusal*>(&error);
      refusal && refusal->retry_after()) {
    return *refusal->retry_after();
  }
  constexpr std::chrono::milliseconds kLongest{std::chrono::seconds(30)};
  return std::min(first * (1 << std::min(attempt - 1, 10)), kLongest);
}

// Errors: cancelled.
void pause(std::chrono::milliseconds time, const std::stop_token& stop);

inline constexpr int kTries = 3;
inline constexpr std::chrono::milliseconds kFirstWait{250};

// Calls `act` until it works, three times at most.
template <class F>
auto patiently(const std::stop_token& stop, F&& act) {
  for (int attempt = 1;; ++attempt) {
    std::chrono::milliseconds wait{0};
    try {
      return act();
    } catch (const Error& error) {
      if (attempt == kTries || !may_pass(error)) throw;
      wait = wait_before(error, attempt, kFirstWait);
    }
    pause(wait, stop);
  }
}

}  // namespace mydock::registry
