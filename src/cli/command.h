#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace mydock::cli {

class Invocation;

// How a flag's value is read, and the word for it in the help.
enum class FlagType {
  boolean,
  text,
  list,
  strings,
  integer,
  natural,
  natural16,
  bytes,
  decimal,
  duration,
  map,
  filter,
  mount,
  network,
  ulimit,
  gpus,
  publish,
};
std::string_view value_word(FlagType type);  // "list"; empty for boolean
bool is_repeatable(FlagType type);

struct Flag {
  std::string_view name;
  char short_name;  // 0: none
  FlagType type;
  std::string_view help;
  // Why it cannot be given here: then the help does not show it either.
  std::string_view refused = {};
};

inline constexpr std::size_t kUnlimited = SIZE_MAX;

// One verb, as a constant in the verb's own file.
struct Command {
  std::string_view name;       // as messages say it: "run", "image inspect"
  std::string_view forms;      // every way to call it: "container run, run"
  std::string_view arguments;  // "[OPTIONS] IMAGE [COMMAND] [ARG...]"
  std::string_view summary;
  std::span<const Flag> flags = {};
  std::size_t least = 0;  // arguments
  std::size_t most = kUnlimited;
  // Flags end at the first argument: what follows belongs to the container.
  bool options_first = false;
  int (*run)(Invocation&) = nullptr;
  std::string_view description = {};  // in the help, after the summary
  std::string_view without = {};      // names in `flags` that this command does not have, by blanks
};

bool has_flag(const Command& command, const Flag& flag);
// nullptr: none. Knows the names that docker has kept for old scripts.
const Flag* find_flag(const Command& command, std::string_view name);
const Flag* find_flag(const Command& command, char short_name);

// Every command; nullptr if there is no such form ("stop", "container stop").
std::span<const Command* const> all_commands();
const Command* find_command(std::string_view form);

struct Group {
  std::string_view name, summary;
};
std::span<const Group> command_groups();
const Group* find_group(std::string_view name);

}  // namespace mydock::cli
