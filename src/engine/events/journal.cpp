#include "engine/events/journal.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::array<std::string_view, 1> kSchema{
    "CREATE TABLE engine_events (sequence INTEGER PRIMARY KEY, document TEXT NOT NULL)"};

}  // namespace

EventJournal::EventJournal(state::Database& database) : database_(database) {
  database_.migrate("engine_events", kSchema);
}

std::vector<api::Event> EventJournal::load() {
  std::vector<api::Event> events;
  state::Reading reading(database_);
  auto query = reading.query("SELECT document FROM engine_events ORDER BY sequence DESC LIMIT ?",
                             kKeptEvents);
  while (query.step()) {
    try {
      events.push_back(from_json<api::Event>(query.text(0)));
    } catch (const Error&) {  // a broken row is only a lost event
      continue;
    }
  }
  std::reverse(events.begin(), events.end());
  return events;
}

void EventJournal::append(const std::vector<api::Event>& events) {
  state::Transaction transaction(database_, state::Durability::relaxed);
  for (const api::Event& event : events) {
    transaction.run("INSERT INTO engine_events (document) VALUES (?)", to_json(event));
  }
  transaction.run(
      "DELETE FROM engine_events WHERE sequence <= (SELECT max(sequence) FROM engine_events) - ?",
      kKeptEvents);
  transaction.commit();
}

}  // namespace mydock::engine
