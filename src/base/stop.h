#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "base/fd.h"

namespace mydock {

// When to give up; empty: never.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

inline Deadline deadline_after(std::chrono::steady_clock::duration duration) {
  return std::chrono::steady_clock::now() + duration;
}

// Blocks until `fd` has one of `events` (POLLIN, POLLOUT; error and hang-up count too).
// False: the deadline passed. Errors: cancelled, if a stop was asked for (noticed in under 1 ms).
bool wait_for(const Fd& fd, short events, const std::stop_token& stop, Deadline deadline = {});
// The same for a bare descriptor that somebody else owns.
bool wait_for(int fd, short events, const std::stop_token& stop, Deadline deadline = {});

}  // namespace mydock
