#include "engine/events/journal.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::array<std::string_view, 2> kSchema{
    "CREATE TABLE engine_events (sequence INTEGER PRIMARY KEY, document TEXT NOT NULL)",
    "ALTER TABLE engine_events ADD COLUMN time INTEGER NOT NULL DEFAULT 0"};

std::int64_t nanoseconds(Time time) { return time.time_since_epoch().count(); }

std::vector<api::Event> read_all(state::Statement& query) {
  std::vector<api::Event> events;
  while (query.step()) {
    try {
      events.push_back(from_json<api::Event>(query.text(0)));
    } catch (const Error&) {  // a broken row is only a lost event
      continue;
    }
  }
  return events;
}

}  // namespace

EventJournal::EventJournal(state::Database& database) : database_(database) {
  database_.migrate("engine_events", kSchema);
}

std::vector<api::Event> EventJournal::load() {
  state::Reading reading(database_);
  auto query = reading.query("SELECT document FROM engine_events ORDER BY sequence DESC LIMIT ?",
                             kKeptEvents);
  std::vector<api::Event> events = read_all(query);
  std::reverse(events.begin(), events.end());
  return events;
}

std::vector<api::Event> EventJournal::between(Time since, Time before) {
  state::Reading reading(database_);
  auto query = reading.query(
      "SELECT document FROM engine_events WHERE time >= ? AND time < ? ORDER BY sequence",
      nanoseconds(since), nanoseconds(before));
  return read_all(query);
}

void EventJournal::append(const std::vector<api::Event>& events) {
  state::Transaction transaction(database_, state::Durability::relaxed);
  for (const api::Event& event : events) {
    transaction.run("INSERT INTO engine_events (document, time) VALUES (?, ?)", to_json(event),
                    event.time_nano);
  }
  transaction.run(
      "DELETE FROM engine_events WHERE sequence <= (SELECT max(sequence) FROM engine_events) - ?",
      kStoredEvents);
  transaction.run(
      "DELETE FROM engine_events WHERE time < ? AND sequence < (SELECT min(sequence) FROM "
      "engine_events WHERE time >= ?)",
      nanoseconds(now() - kStoredFor), nanoseconds(now() - kStoredFor));
  transaction.commit();
}

}  // namespace mydock::engine
