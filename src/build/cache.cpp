#include "build/cache.h"

#include <array>

#include "base/error.h"

namespace mydock::build {

namespace {

constexpr std::array<std::string_view, 1> kSchema = {R"(
CREATE TABLE build_steps(
  key TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  description TEXT NOT NULL,
  chain TEXT,
  diff TEXT,
  bytes INTEGER NOT NULL,
  created INTEGER NOT NULL,
  used INTEGER NOT NULL,
  uses INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX build_steps_used ON build_steps(used);
)"};

constexpr std::string_view kAll =
    "SELECT key, kind, description, chain, diff, bytes, created, used, uses FROM build_steps"
    " ORDER BY used DESC, key";
constexpr std::string_view kOne =
    "SELECT key, kind, description, chain, diff, bytes, created, used, uses FROM build_steps"
    " WHERE key=?";

CacheEntry entry_from(const state::Statement& row) {
  CacheEntry entry;
  entry.key = row.text(0);
  entry.kind = row.text(1);
  entry.description = row.text(2);
  if (const auto chain = row.maybe_text(3)) entry.chain = {oci::Digest::parse(*chain)};
  if (const auto diff = row.maybe_text(4)) entry.diff = {oci::Digest::parse(*diff)};
  entry.bytes = static_cast<std::uint64_t>(row.integer(5));
  entry.created = row.time(6);
  entry.used = row.time(7);
  entry.uses = row.integer(8);
  return entry;
}

std::string owner_of(std::string_view key) { return "build/" + std::string(key); }

std::optional<std::string> text_of(const auto& id) {
  if (!id) return std::nullopt;
  return id->str();
}

}  // namespace

Cache::Cache(state::Database& database, image::Store& store) : database_(database), store_(store) {
  database_.migrate("build", kSchema);
}

std::optional<CacheEntry> Cache::find(image::Lease& lease, std::string_view key) {
  std::optional<CacheEntry> entry;
  {
    state::Reading reading(database_);
    state::Statement row = reading.query(kOne, key);
    if (row.step()) entry = entry_from(row);
  }
  if (!entry) return std::nullopt;
  if (entry->diff && !store_.layers.hold(lease, *entry->chain)) return std::nullopt;
  state::Transaction transaction(database_, state::Durability::relaxed);
  transaction.run("UPDATE build_steps SET used=?, uses=uses+1 WHERE key=?", now(), key);
  transaction.commit();
  return entry;
}

void Cache::add(const std::vector<CacheEntry>& entries) {
  if (entries.empty()) return;
  store_.content.sync();
  state::Transaction transaction(database_);
  for (const CacheEntry& entry : entries) {
    transaction.run(
        "INSERT OR REPLACE INTO build_steps(key, kind, description, chain, diff, bytes, created, "
        "used, uses) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.key, entry.kind, entry.description, text_of(entry.chain), text_of(entry.diff),
        entry.bytes, entry.created, entry.used, entry.uses);
    store_.layers.let_go(transaction, owner_of(entry.key));
    if (entry.diff) store_.layers.keep(transaction, *entry.chain, owner_of(entry.key));
  }
  transaction.commit();
}

std::vector<CacheEntry> Cache::list() const {
  std::vector<CacheEntry> entries;
  state::Reading reading(database_);
  state::Statement row = reading.query(kAll);
  while (row.step()) entries.push_back(entry_from(row));
  return entries;
}

Cache::Pruned Cache::prune(const std::function<bool(const CacheEntry&)>& unwanted) {
  Pruned pruned;
  const std::vector<CacheEntry> entries = list();
  {
    state::Transaction transaction(database_);
    for (const CacheEntry& entry : entries) {
      if (!unwanted(entry)) continue;
      transaction.run("DELETE FROM build_steps WHERE key=?", entry.key);
      store_.layers.let_go(transaction, owner_of(entry.key));
      if (entry.diff) pruned.keys.push_back(entry.key);
    }
    transaction.commit();
  }
  pruned.bytes = store_.images.collect();
  return pruned;
}

}  // namespace mydock::build
