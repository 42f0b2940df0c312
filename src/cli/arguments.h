#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "cli/command.h"

namespace mydock::cli {

// A wrong flag or number of arguments: the message, then how to use the command.
class UsageError : public Error {
 public:
  explicit UsageError(std::string message) : Error(Kind::invalid, std::move(message)) {}
};

// The flags that were given, checked against their types.
class Flags {
 public:
  void add(const Flag& flag, std::string value);
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  bool boolean(std::string_view name, bool absent = false) const;
  std::string text(std::string_view name, std::string_view absent = {}) const;
  // Every value; those of type strings are split at commas.
  std::vector<std::string> list(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t absent) const {
    return integer(name).value_or(absent);
  }
  // Nanoseconds, and bytes (-1 stays -1); 0 if not given.
  std::int64_t duration(std::string_view name) const;
  std::int64_t bytes(std::string_view name) const;

  using Given = std::pair<const Flag*, std::string>;
  const std::vector<Given>& given() const { return given_; }

 private:
  const std::string* last(std::string_view name) const;
  std::vector<Given> given_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

struct Arguments {
  Flags flags;
  std::vector<std::string> args;
  bool help = false;
};

// Docker's grammar: -it, -p80:80, --name=x, --name x, --rm=false, flags between arguments (unless
// the command is options_first), "--". Errors: UsageError, with pflag's texts.
Arguments parse_arguments(const Command& command, std::span<const std::string> words);
// Each value is of its flag's type. Errors: UsageError (`invalid argument "x" for "-m,
// --memory"…`).
void check_flags(const Command& command, const Flags& flags);
// Errors: UsageError.
void check_count(const Command& command, std::string_view name, std::size_t count);

}  // namespace mydock::cli
