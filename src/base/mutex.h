#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/stop.h"

// Clang's -Wthread-safety reads these; GCC ignores them. See clang.llvm.org, Thread Safety
// Analysis.
#if defined(__clang__)
#define MYDOCK_TSA(x) __attribute__((x))
#else
#define MYDOCK_TSA(x)
#endif
#define GUARDED_BY(x) MYDOCK_TSA(guarded_by(x))
#define REQUIRES(...) MYDOCK_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) MYDOCK_TSA(locks_excluded(__VA_ARGS__))

namespace mydock {

// A thread takes mutexes in rising rank only; debug builds abort on a breach.
enum class Rank : int { store = 10, container = 20, network = 30, image = 40, leaf = 90 };

class MYDOCK_TSA(capability("mutex")) Mutex {
 public:
  explicit Mutex(Rank rank) : rank_(rank) {}
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() MYDOCK_TSA(acquire_capability());
  void unlock() MYDOCK_TSA(release_capability());

 private:
  friend class Condition;
  std::mutex mutex_;
  [[maybe_unused]] Rank rank_;  // read by debug builds only
};

// Nothing waits, calls out or does I/O for a client while it holds one.
class MYDOCK_TSA(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) MYDOCK_TSA(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~Lock() MYDOCK_TSA(release_capability()) { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

class Condition {
 public:
  void notify_all() { condition_.notify_all(); }
  // Releases `mutex` while it waits, and holds it again on return. Wakes for notify_all, for a stop
  // and at the deadline; the caller loops over its own predicate. False: the deadline passed.
  // Errors: cancelled, if a stop was asked for (the mutex is held then too).
  bool wait(Mutex& mutex, const std::stop_token& stop, Deadline deadline = {}) REQUIRES(mutex);

 private:
  std::condition_variable_any condition_;
};

}  // namespace mydock
