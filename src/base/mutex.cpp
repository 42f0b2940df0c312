#include "base/mutex.h"

#include <cstdlib>
#include <vector>

#include "base/error.h"

namespace mydock {

#ifndef NDEBUG
namespace {

std::vector<Rank>& held_ranks() {
  thread_local std::vector<Rank> ranks;
  return ranks;
}

}  // namespace
#endif

void Mutex::lock() {
#ifndef NDEBUG
  auto& held = held_ranks();
  if (!held.empty() && held.back() >= rank_) std::abort();  // a deadlock in waiting
  held.push_back(rank_);
#endif
  mutex_.lock();
}

void Mutex::unlock() {
  mutex_.unlock();
#ifndef NDEBUG
  std::erase(held_ranks(), rank_);
#endif
}

bool Condition::wait(Mutex& mutex, const std::stop_token& stop, Deadline deadline) {
  if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
  std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
  // False, then true: one sleep, whatever wakes it. The caller loops over its own predicate.
  const auto slept = [once = false]() mutable { return std::exchange(once, true); };
  if (deadline) {
    condition_.wait_until(lock, stop, *deadline, slept);
  } else {
    condition_.wait(lock, stop, slept);
  }
  static_cast<void>(lock.release());  // the caller's Lock goes on owning it
  if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
  return !deadline || std::chrono::steady_clock::now() < *deadline;
}

}  // namespace mydock
