#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "daemon/config.h"

namespace mydock::daemon {

// One setting: its flag, its key in daemon.json, and where its value goes. A null target is a
// setting of dockerd's that is known and not supported yet.
struct Setting {
  using Target =
      std::variant<std::monostate, bool Config::*, std::string Config::*, std::int64_t Config::*,
                   std::vector<std::string> Config::*, std::map<std::string, std::string> Config::*,
                   std::map<std::string, RuntimeConfig> Config::*>;
  std::string_view flag;  // "host", "" when it is only in the file
  char letter;            // 'H', 0
  std::string_view key;   // "hosts", "" when it is only a flag
  Target target;
  std::string_view help;
};

std::span<const Setting> settings();

}  // namespace mydock::daemon
