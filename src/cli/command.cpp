#include "cli/command.h"

#include <algorithm>
#include <array>

namespace mydock::cli {

namespace {

struct OldName {
  std::string_view old, now;
};
constexpr std::array kOldNames = {
    OldName{"net", "network"},
    OldName{"net-alias", "network-alias"},
    OldName{"dns-opt", "dns-option"},
    OldName{"time", "timeout"},
};

bool contains_word(std::string_view words, std::string_view word, std::string_view separator) {
  while (!words.empty()) {
    const std::size_t end = words.find(separator);
    if (words.substr(0, end) == word) return true;
    if (end == std::string_view::npos) break;
    words.remove_prefix(end + separator.size());
  }
  return false;
}

}  // namespace

std::string_view value_word(FlagType type) {
  switch (type) {
    case FlagType::boolean:
      return "";
    case FlagType::text:
      return "string";
    case FlagType::list:
    case FlagType::publish:
      return "list";
    case FlagType::strings:
      return "strings";
    case FlagType::integer:
      return "int";
    case FlagType::natural:
      return "uint";
    case FlagType::natural16:
      return "uint16";
    case FlagType::bytes:
      return "bytes";
    case FlagType::decimal:
      return "decimal";
    case FlagType::duration:
      return "duration";
    case FlagType::map:
      return "map";
    case FlagType::filter:
      return "filter";
    case FlagType::mount:
      return "mount";
    case FlagType::network:
      return "network";
    case FlagType::ulimit:
      return "ulimit";
    case FlagType::gpus:
      return "gpu-request";
  }
  return "";
}

bool is_repeatable(FlagType type) {
  switch (type) {
    case FlagType::list:
    case FlagType::publish:
    case FlagType::strings:
    case FlagType::map:
    case FlagType::filter:
    case FlagType::mount:
    case FlagType::network:
    case FlagType::ulimit:
    case FlagType::gpus:
      return true;
    default:
      return false;
  }
}

bool has_flag(const Command& command, const Flag& flag) {
  return !contains_word(command.without, flag.name, " ");
}

const Flag* find_flag(const Command& command, std::string_view name) {
  for (const OldName& old : kOldNames) {
    if (old.old == name) name = old.now;
  }
  for (const Flag& flag : command.flags) {
    if (flag.name == name) return has_flag(command, flag) ? &flag : nullptr;
  }
  return nullptr;
}

const Flag* find_flag(const Command& command, char short_name) {
  for (const Flag& flag : command.flags) {
    if (flag.short_name == short_name && has_flag(command, flag)) return &flag;
  }
  return nullptr;
}

const Command* find_command(std::string_view form) {
  for (const Command* command : all_commands()) {
    if (contains_word(command->forms, form, ", ")) return command;
  }
  return nullptr;
}

const Group* find_group(std::string_view name) {
  const auto groups = command_groups();
  const auto found =
      std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == name; });
  return found == groups.end() ? nullptr : &*found;
}

}  // namespace mydock::cli
