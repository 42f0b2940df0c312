#include "state/database.h"

#include <fcntl.h>

#include <cerrno>

#include "base/error.h"
#include "base/log.h"

namespace mydock::state {

namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kIdleReaders = 4;
constexpr off_t kWalReserve = 1280 << 10;  // see kWalPages in statement.cpp

fs::path made(const fs::path& file) {
  if (Fd fd(::open(file.c_str(), O_RDWR | O_CLOEXEC)); fd) return file;
  // SQLite gives its -wal and -shm files the mode of the main file.
  open_file(file, O_RDWR | O_CREAT, 0600);
  sync_directory(file.parent_path());
  return file;
}

void quick_check(Connection& connection, const fs::path& file) {
  Statement check = connection.statement("PRAGMA quick_check(1)");
  if (!check.step() || check.text(0) != "ok") {
    fail(Kind::unavailable, "state database {} is damaged: {}", file.string(), check.text(0));
  }
}

void check_format(Connection& connection, const fs::path& file) {
  std::int64_t found = 0;
  {
    Statement version = connection.statement("PRAGMA user_version");
    if (version.step()) found = version.integer(0);
  }
  if (found > kFormat) {
    fail(Kind::unavailable, "state database {} was written by a newer version (format {})",
         file.string(), found);
  }
  connection.execute(
      "CREATE TABLE IF NOT EXISTS state_schemas("
      "owner TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;"
      "PRAGMA user_version=1;");
}

// Blocks behind the end of the write-ahead log, so that on a full disk there is room to write down
// that something was removed. Not every file system can: then there is none.
void reserve_wal(const fs::path& file) {
  const Fd wal = open_file(file.string() + "-wal", O_RDWR);
  if (::fallocate(wal.get(), FALLOC_FL_KEEP_SIZE, 0, kWalReserve) != 0) {
    log::debug("reserve space for {}-wal: errno {}", file.string(), errno);
  }
}

}  // namespace

Database::Database(const fs::path& file)
    : file_(made(file)), writer_(std::make_unique<Connection>(file_, Connection::Access::write)) {
  quick_check(*writer_, file_);
  check_format(*writer_, file_);
  reserve_wal(file_);
}

Database::~Database() { readers_.clear(); }

void Database::migrate(std::string_view owner, std::span<const std::string_view> steps) {
  Transaction transaction(*this);
  std::size_t seen = 0;
  {
    Statement version = transaction.query("SELECT version FROM state_schemas WHERE owner=?", owner);
    if (version.step()) seen = static_cast<std::size_t>(version.integer(0));
  }
  if (seen > steps.size()) {
    fail(Kind::unavailable, "state database {}: {} has schema {}, this version knows {}",
         file_.string(), owner, seen, steps.size());
  }
  if (seen == steps.size()) return;
  for (std::size_t i = seen; i < steps.size(); ++i) writer_->execute(std::string(steps[i]));
  transaction.run("INSERT OR REPLACE INTO state_schemas(owner, version) VALUES(?, ?)", owner,
                  steps.size());
  transaction.commit();
}

std::unique_ptr<Connection> Database::take_reader() {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  return std::make_unique<Connection>(file_, Connection::Access::read);
}

void Database::give_back(std::unique_ptr<Connection> reader) noexcept {
  const std::lock_guard lock(readers_mutex_);
  if (readers_.size() < kIdleReaders) readers_.push_back(std::move(reader));
}

Transaction::Transaction(Database& database, Durability durability)
    : lock_(database.writing_), connection_(*database.writer_) {
  connection_.set_synchronous(durability == Durability::synced);
  connection_.statement("BEGIN IMMEDIATE").run();
  open_ = true;
}

Transaction::~Transaction() {
  // A full disk or a failed write may have ended the transaction already.
  if (!open_ || !connection_.in_transaction()) return;
  try {
    connection_.statement("ROLLBACK").run();
  } catch (const Error& error) {
    log::error("undo a transaction: {}", error.what());
  }
}

void Transaction::commit() {
  connection_.statement("COMMIT").run();
  open_ = false;
}

Reading::Reading(Database& database) : database_(database), connection_(database.take_reader()) {
  connection_->statement("BEGIN").run();
}

Reading::~Reading() {
  try {
    connection_->statement("COMMIT").run();
    database_.give_back(std::move(connection_));
  } catch (const Error& error) {
    log::error("end a reading of the state database: {}", error.what());
  }
}

}  // namespace mydock::state
