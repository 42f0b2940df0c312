#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/clock.h"
#include "base/fd.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mydock::state {

class Connection;

// A prepared statement on loan from its connection; given back when it ends. Used by one thread.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters from the first `?` on: integers, bool, text, ConstBytes, Time, optional (NULL),
  // nullptr.
  template <class... Args>
  Statement bind_all(const Args&... args) && {
    int at = 0;
    (bind_one(++at, args), ...);
    return std::move(*this);
  }

  bool step();         // true: a row is there
  std::int64_t run();  // to the end; the number of rows changed

  // Columns of the current row, from 0.
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  bool boolean(int column) const { return integer(column) != 0; }
  std::string text(int column) const;
  std::string blob(int column) const { return text(column); }
  Time time(int column) const;
  std::optional<std::string> maybe_text(int column) const;

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* statement, std::string_view sql);
  void bind(int at, std::int64_t value);
  void bind(int at, std::string_view value);
  void bind(int at, ConstBytes value);
  void bind_null(int at);

  template <class T>
  void bind_one(int at, const T& value) {
    if constexpr (std::same_as<T, std::nullptr_t>) {
      bind_null(at);
    } else if constexpr (std::integral<T> || std::is_enum_v<T>) {
      bind(at, static_cast<std::int64_t>(value));
    } else if constexpr (std::same_as<T, Time>) {
      bind(at, static_cast<std::int64_t>(value.time_since_epoch().count()));
    } else if constexpr (std::same_as<T, ConstBytes>) {
      bind(at, value);
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      bind(at, std::string_view(value));
    } else {  // optional
      if (value) {
        bind_one(at, *value);
      } else {
        bind_null(at);
      }
    }
  }

  Connection* connection_;
  sqlite3_stmt* statement_;
};

// One SQLite connection with the statements that it has prepared. Stores use Transaction and
// Reading.
class Connection {
 public:
  enum class Access { read, write };
  Connection(const fs::path& file, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Statement statement(std::string_view sql);
  // Any number of statements, without parameters or rows.
  void execute(const std::string& sql);
  // PRAGMA synchronous; nothing is sent when it is so already.
  void set_synchronous(bool full);
  bool in_transaction() const;

 private:
  friend class Statement;
  [[noreturn]] void throw_error(int code, std::string_view doing) const;

  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::multimap<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> idle_;
  bool full_ = true;
};

}  // namespace mydock::state
