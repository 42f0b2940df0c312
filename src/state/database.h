#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/mutex.h"
#include "state/statement.h"

namespace mydock::state {

// The daemon's rows: one SQLite file in WAL mode. One writer at a time; readers never wait for it.
// Each store owns its own tables, makes them by migrate() and puts its name before theirs
// ("image_layers"). Every SQL error is an Error: system with ENOSPC when the disk is full, conflict
// for a broken constraint, else system.
class Database {
 public:
  // Makes the file (mode 0600) if it is not there. Errors: unavailable when quick_check finds
  // damage or the file comes from a newer mydock.
  explicit Database(const fs::path& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs those of `steps` that this file has not seen yet, in one transaction; step i takes the
  // owner's schema from version i to i + 1. Only ever append steps.
  // Errors: unavailable when the file has seen more steps than these.
  void migrate(std::string_view owner, std::span<const std::string_view> steps);

 private:
  friend class Transaction;
  friend class Reading;
  std::unique_ptr<Connection> take_reader();
  void give_back(std::unique_ptr<Connection> reader) noexcept;

  fs::path file_;
  Mutex writing_{Rank::leaf};
  std::unique_ptr<Connection> writer_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<Connection>> readers_;  // idle ones
};

enum class Durability {
  synced,   // on disk when commit() returns: about a millisecond
  relaxed,  // survives a crash of the daemon, not of the machine: no fsync
};

// All or nothing. Waits until it is the only writer, and holds that right until it ends: keep it
// short, and take no Mutex inside it (it counts as Rank::leaf). Not committed: undone.
class Transaction {
 public:
  explicit Transaction(Database& database, Durability durability = Durability::synced);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // A statement with its parameters bound; step() through it.
  template <class... Args>
  Statement query(std::string_view sql, const Args&... args) {
    return connection_.statement(sql).bind_all(args...);
  }
  // Runs one statement to its end; returns the number of rows that it changed.
  template <class... Args>
  std::int64_t run(std::string_view sql, const Args&... args) {
    return query(sql, args...).run();
  }
  void commit();

 private:
  std::unique_lock<Mutex> lock_;
  Connection& connection_;
  bool open_ = false;
};

// A consistent view of the rows as they were at the first query. Waits for nobody.
class Reading {
 public:
  explicit Reading(Database& database);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  template <class... Args>
  Statement query(std::string_view sql, const Args&... args) {
    return connection_->statement(sql).bind_all(args...);
  }

 private:
  Database& database_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace mydock::state
