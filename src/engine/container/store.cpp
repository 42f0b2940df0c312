#include "engine/container/store.h"

#include <array>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::array<std::string_view, 1> kSchema{
    "CREATE TABLE engine_containers (id TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT "
    "NULL, definition TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID"};

}  // namespace

ContainerStore::ContainerStore(state::Database& database) : database_(database) {
  database_.migrate("engine_containers", kSchema);
}

state::Durability ContainerStore::durability_of(const Record& record) {
  return record.auto_remove() ? state::Durability::relaxed : state::Durability::synced;
}

void ContainerStore::insert(state::Transaction& transaction, const Record& record) {
  transaction.run("INSERT INTO engine_containers VALUES (?, ?, ?, ?, ?)", record.id(), record.name,
                  record.version, to_json(*record.definition), to_json(record.status));
}

void ContainerStore::save(const Record& record) {
  const std::string definition = to_json(*record.definition);
  const std::string status = to_json(record.status);
  state::Transaction transaction(database_, durability_of(record));
  transaction.run(
      "UPDATE engine_containers SET name = ?, version = ?, definition = ?, status = ? "
      "WHERE id = ? AND version < ?",
      record.name, record.version, definition, status, record.id(), record.version);
  transaction.commit();
}

void ContainerStore::save_status(const Record& record) {
  const std::string status = to_json(record.status);
  state::Transaction transaction(database_, state::Durability::relaxed);
  transaction.run(
      "UPDATE engine_containers SET version = ?, status = ? WHERE id = ? AND version < ?",
      record.version, status, record.id(), record.version);
  transaction.commit();
}

void ContainerStore::save_intent(const Record& record) {
  const std::string status = to_json(record.status);
  state::Transaction transaction(database_, durability_of(record));
  transaction.run(
      "UPDATE engine_containers SET version = ?, status = ? WHERE id = ? AND version < ?",
      record.version, status, record.id(), record.version);
  transaction.commit();
}

void ContainerStore::erase(state::Transaction& transaction, const Record& record) {
  transaction.run("DELETE FROM engine_containers WHERE id = ?", record.id());
}

std::vector<ContainerStore::Row> ContainerStore::load() {
  std::vector<Row> rows;
  state::Reading reading(database_);
  auto query = reading.query("SELECT id, name, version, definition, status FROM engine_containers");
  while (query.step()) {
    Row row{.id = query.text(0), .name = query.text(1), .record = nullptr, .broken = {}};
    try {
      auto record = std::make_shared<Record>();
      record->name = row.name;
      record->version = static_cast<std::uint64_t>(query.integer(2));
      record->definition = std::make_shared<Definition>(from_json<Definition>(query.text(3)));
      record->status = from_json<Status>(query.text(4));
      row.record = std::move(record);
    } catch (const Error& error) {  // one broken row does not stop the daemon
      row.broken = error.message();
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace mydock::engine
