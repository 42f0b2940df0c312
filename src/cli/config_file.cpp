#include "cli/config_file.h"

#include <cstdlib>

#include "base/error.h"
#include "base/file.h"

namespace mydock::cli {

fs::path config_directory(const Flags& top) {
  if (top.has("config")) return top.text("config");
  if (const char* named = std::getenv("DOCKER_CONFIG"); named != nullptr && *named != '\0') {
    return named;
  }
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "" : home) / ".docker";
}

ConfigFile load_config_file(const Flags& top, Console& console) {
  const fs::path path = config_directory(top) / "config.json";
  try {
    const auto text = find_file(path, std::size_t{1} << 20);
    if (text && !text->empty()) return from_json<ConfigFile>(*text);
  } catch (const Error& error) {  // the command can do without
    console.err(
        fmt::format("WARNING: Error loading config file: {}: {}", path.string(), error.message()));
  }
  return {};
}

void apply_config(const ConfigFile& config, const Command& command, Flags& flags) {
  const auto set = [&](std::string_view flag_name, const std::string& value) {
    if (value.empty() || flags.has(flag_name)) return;
    if (const Flag* flag = find_flag(command, flag_name)) flags.add(*flag, value);
  };
  set("detach-keys", config.detach_keys);
  if (flags.boolean("quiet")) return;
  if (command.name == "ps") set("format", config.ps_format);
  if (command.name == "images") set("format", config.images_format);
  if (command.name == "network ls") set("format", config.networks_format);
  if (command.name == "volume ls") set("format", config.volumes_format);
  if (command.name == "stats") set("format", config.stats_format);
}

}  // namespace mydock::cli
