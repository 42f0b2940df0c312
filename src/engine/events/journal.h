#pragma once

#include <chrono>
#include <vector>

#include "api/event.h"
#include "state/database.h"

namespace mydock::engine {

inline constexpr std::size_t kKeptEvents = 1024;      // in memory
inline constexpr std::size_t kStoredEvents = 10'000;  // in the database
inline constexpr std::chrono::hours kStoredFor{7 * 24};

// The newest events as rows, so that `events --since` reaches back over a restart of the daemon.
class EventJournal {
 public:
  explicit EventJournal(state::Database& database);
  // The newest that go into memory, oldest first.
  std::vector<api::Event> load();
  // Those of a span of time, oldest first.
  std::vector<api::Event> between(Time since, Time before);
  // One transaction, without waiting for the disk; what is too old or too much goes.
  void append(const std::vector<api::Event>& events);

 private:
  state::Database& database_;
};

}  // namespace mydock::engine
