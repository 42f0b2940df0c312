#pragma once

#include <vector>

#include "api/event.h"
#include "state/database.h"

namespace mydock::engine {

inline constexpr std::size_t kKeptEvents = 1024;

// The newest events as rows, so that `events --since` reaches back over a restart of the daemon.
class EventJournal {
 public:
  explicit EventJournal(state::Database& database);
  std::vector<api::Event> load();  // oldest first
  void append(const std::vector<api::Event>& events);

 private:
  state::Database& database_;
};

}  // namespace mydock::engine
