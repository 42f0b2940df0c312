#include "state/statement.h"

#include <sqlite3.h>

#include <cerrno>
#include <limits>

#include "base/error.h"

namespace mydock::state {

namespace {

// After so many pages of 4 KiB the log is copied into the database, and begins anew.
constexpr int kWalPages = 256;
constexpr int kBusyMilliseconds = 10'000;
constexpr std::size_t kIdleStatements = 256;

}  // namespace

Statement::Statement(Connection& connection, sqlite3_stmt* statement, std::string_view sql)
    : connection_(&connection), statement_(statement) {
  if (statement_ == nullptr) fail(Kind::system, "state database: empty statement: {}", sql);
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  std::unique_ptr<sqlite3_stmt, Connection::Finalize> statement(statement_);
  if (connection_->idle_.size() >= kIdleStatements) return;
  try {
    connection_->idle_.emplace(sqlite3_sql(statement_), std::move(statement));
  } catch (const std::bad_alloc&) {
    return;  // it is finalized instead of kept
  }
}

void Statement::bind(int at, std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_, at, value);
  if (code != SQLITE_OK) connection_->throw_error(code, sqlite3_sql(statement_));
}

void Statement::bind(int at, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  const int code =
      sqlite3_bind_text64(statement_, at, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) connection_->throw_error(code, sqlite3_sql(statement_));
}

void Statement::bind(int at, ConstBytes value) {
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  const int code = sqlite3_bind_blob64(statement_, at, data, value.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) connection_->throw_error(code, sqlite3_sql(statement_));
}

void Statement::bind_null(int at) {
  const int code = sqlite3_bind_null(statement_, at);
  if (code != SQLITE_OK) connection_->throw_error(code, sqlite3_sql(statement_));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) connection_->throw_error(code, sqlite3_sql(statement_));
  return false;
}

std::int64_t Statement::run() {
  while (step()) {
  }
  return sqlite3_changes64(connection_->handle_.get());
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(data, size);
}

Time Statement::time(int column) const { return Time(std::chrono::nanoseconds(integer(column))); }

std::optional<std::string> Statement::maybe_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

void Connection::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

void Connection::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Connection::Connection(const fs::path& file, Access access) {
  sqlite3* handle = nullptr;
  // Readers too: they may have to rebuild the WAL's index in the -shm file.
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw_error(code, "open " + file.string());
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  sqlite3_wal_autocheckpoint(handle, kWalPages);
  execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
      "PRAGMA journal_size_limit=4194304; PRAGMA cache_size=-1024;");
  if (access == Access::read) execute("PRAGMA query_only=ON;");
}

Connection::~Connection() = default;

Statement Connection::statement(std::string_view sql) {
  if (auto kept = idle_.find(sql); kept != idle_.end()) {
    sqlite3_stmt* statement = kept->second.release();
    idle_.erase(kept);
    return {*this, statement, sql};
  }
  if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    fail(Kind::system, "state database: statement too long");
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) throw_error(code, sql);
  return {*this, statement, sql};
}

void Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw_error(code, sql);
}

void Connection::set_synchronous(bool full) {
  if (full == full_) return;
  execute(full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  full_ = full;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

void Connection::throw_error(int code, std::string_view doing) const {
  const int primary = code & 0xff;
  const char* reason = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  const std::string message = fmt::format("state database: {}: {}", doing, reason);
  int error_number = handle_ ? sqlite3_system_errno(handle_.get()) : 0;
  switch (primary) {
    case SQLITE_FULL:
      throw Error(Kind::system, message + ": no space left on device", ENOSPC);
    case SQLITE_CONSTRAINT:
      throw Error(Kind::conflict, message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(Kind::unavailable, message, EBUSY);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error(Kind::unavailable, message, EUCLEAN);
    case SQLITE_NOMEM:
      throw Error(Kind::system, message, ENOMEM);
    case SQLITE_READONLY:
      throw Error(Kind::system, message, EROFS);
    default:
      break;
  }
  // An errno of an earlier, unrelated call may linger in the handle.
  if (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN) error_number = 0;
  throw Error(Kind::system, message, error_number);
}

}  // namespace mydock::state
