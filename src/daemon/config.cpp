#include "daemon/config.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "daemon/settings.h"

namespace mydock::daemon {

namespace {

std::pair<std::string, std::string> split_option(const std::string& text, std::string_view flag) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    fail(Kind::invalid, "invalid argument \"{}\" for \"{}\" flag: expected key=value", text, flag);
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// What the flags of dockerd need of CLI11, one overload a target type.
struct AddFlag {
  CLI::App& app;
  Config& config;
  const Setting& setting;
  std::string name;

  CLI::Option* operator()(std::monostate /*unsupported*/) const { return nullptr; }
  CLI::Option* operator()(bool Config::*target) const {
    // "--iptables=false" as Go's flags take it; a bare "--iptables" is true.
    return app.add_flag(name, config.*target, std::string(setting.help));
  }
  CLI::Option* operator()(std::map<std::string, std::string> Config::*target) const {
    Config& owner = config;
    return app.add_option_function<std::vector<std::string>>(
        name,
        [&owner, target](const std::vector<std::string>& values) {
          for (const std::string& value : values) {
            (owner.*target).insert(split_option(value, "--log-opt"));
          }
        },
        std::string(setting.help));
  }
  CLI::Option* operator()(std::map<std::string, RuntimeConfig> Config::*target) const {
    Config& owner = config;
    return app.add_option_function<std::vector<std::string>>(
        name,
        [&owner, target](const std::vector<std::string>& values) {
          for (const std::string& value : values) {
            auto [key, path] = split_option(value, "--add-runtime");
            (owner.*target)[key] = {.path = std::move(path), .arguments = {}};
          }
        },
        std::string(setting.help));
  }
  CLI::Option* operator()(std::vector<std::string> Config::*target) const {
    return app.add_option(name, config.*target, std::string(setting.help))->allow_extra_args(false);
  }
  template <class T>
  CLI::Option* operator()(T Config::*target) const {
    return app.add_option(name, config.*target, std::string(setting.help));
  }
};

RuntimeConfig read_runtime(const std::string& name, const JsonReader& value) {
  RuntimeConfig runtime;
  value.members([&](const std::string& key, const JsonReader& member) {
    if (key == "path") {
      runtime.path = member.text();
    } else if (key == "runtimeArgs") {
      member.read(runtime.arguments);
    } else if (key == "runtimeType") {
      fail(Kind::not_implemented, "runtime {}: \"runtimeType\" is not implemented", name);
    } else {
      fail(Kind::invalid, "runtime {}: unknown key \"{}\"", name, key);
    }
  });
  return runtime;
}

struct ReadKey {
  Config& config;
  const JsonReader& value;

  void operator()(std::monostate /*unsupported*/) const {}
  void operator()(std::vector<std::string> Config::*target) const {
    std::vector<std::string>& list = config.*target;
    if (!value.is_list() || value.size() == 0 || !value.item(0).is_object()) {
      return value.read(list);
    }
    // default-address-pools: in the file each is an object, as a flag it is "base=…,size=…".
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string text;
      value.item(i).members([&](const std::string& key, const JsonReader& member) {
        text += (text.empty() ? "" : ",") + key + "=" +
                (member.is_text() ? member.text() : member.dump());
      });
      list.push_back(std::move(text));
    }
  }
  void operator()(std::map<std::string, RuntimeConfig> Config::*target) const {
    value.members([&](const std::string& name, const JsonReader& member) {
      (config.*target)[name] = read_runtime(name, member);
    });
  }
  template <class T>
  void operator()(T Config::*target) const {
    value.read(config.*target);
  }
};

void parse_flags(CLI::App& app, Config& config, std::set<std::string_view>& given, int argc,
                 const char* const* argv) {
  std::vector<std::pair<CLI::Option*, const Setting*>> options;
  for (const Setting& setting : settings()) {
    if (setting.flag.empty()) continue;
    std::string name = fmt::format("--{}", setting.flag);
    if (setting.letter != 0) name = fmt::format("-{},{}", setting.letter, name);
    options.emplace_back(std::visit(AddFlag{app, config, setting, name}, setting.target), &setting);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    throw;
  } catch (const CLI::ParseError& error) {
    fail(Kind::invalid, "{}", error.what());
  }
  for (const auto& [option, setting] : options) {
    if (option->count() > 0 && !setting->key.empty()) given.insert(setting->key);
  }
}

bool is_off(const JsonReader& value) {
  return value.is_null() || value.dump() == "false" || value.dump() == "[]" ||
         value.dump() == "\"\"";
}

// Keys that guard something: without them is worse than not at all.
void refuse_guard(const std::string& key, const JsonReader& value) {
  static const std::set<std::string_view> kGuards{"authorization-plugins", "tls", "tlsverify"};
  if (!kGuards.contains(key) || is_off(value)) return;
  fail(Kind::not_implemented, "\"{}\" is not implemented yet", key);
}

void read_file_settings(std::string_view text, Config& config,
                        const std::set<std::string_view>& given) {
  const JsonDocument document(text);
  std::vector<std::string> unknown;
  std::vector<std::string> twice;
  document.root().members([&](const std::string& key, const JsonReader& value) {
    const auto all = settings();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Setting& setting) {
      return !setting.key.empty() && setting.key == key;
    });
    if (found == all.end()) {
      unknown.push_back(key);
    } else if (given.contains(found->key)) {
      twice.push_back(key);
    } else if (std::holds_alternative<std::monostate>(found->target)) {
      refuse_guard(key, value);
      config.warnings.push_back(
          fmt::format("\"{}\" in the configuration file has no effect yet", key));
    } else {
      std::visit(ReadKey{config, value}, found->target);
    }
  });
  if (!unknown.empty()) {
    fail(Kind::invalid, "the following directives don't match any configuration option: {}",
         fmt::join(unknown, ", "));
  }
  if (!twice.empty()) {
    fail(Kind::invalid,
         "the following directives are specified both as a flag and in the configuration file: {}",
         fmt::join(twice, ", "));
  }
}

// The names of our own cannot be given to another; its state lies in a folder of that name.
void check_runtimes(const Config& config) {
  static const std::set<std::string_view> kOwn{"runc", "mydock", "io.containerd.runc.v2"};
  for (const auto& [name, runtime] : config.runtimes) {
    if (kOwn.contains(name)) fail(Kind::invalid, "runtime name '{}' is reserved", name);
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
      fail(Kind::invalid, "invalid runtime name '{}'", name);
    }
    if (runtime.path.empty()) fail(Kind::invalid, "runtime {}: a path is needed", name);
  }
  const std::string& chosen = config.default_runtime;
  if (chosen != "runc" && chosen != "mydock" && !config.runtimes.contains(chosen)) {
    fail(Kind::invalid, "specified default runtime '{}' does not exist", chosen);
  }
}

void check_values(const Config& config) {
  static const std::set<std::string> kLevels{"debug", "info", "warn", "error", "fatal"};
  if (!kLevels.contains(config.log_level)) {
    fail(Kind::invalid, "invalid logging level: {}", config.log_level);
  }
  check_runtimes(config);
  const std::pair<const char*, std::int64_t> counts[] = {
      {"concurrent downloads", config.max_concurrent_downloads},
      {"concurrent uploads", config.max_concurrent_uploads},
      {"download attempts", config.max_download_attempts}};
  for (const auto& [what, count] : counts) {
    if (count < 1 || count > 100) fail(Kind::invalid, "invalid max {}: {}", what, count);
  }
  if (config.mtu < 0) fail(Kind::invalid, "invalid default MTU: {}", config.mtu);
  for (const std::string& host : config.hosts) {
    if (!host.starts_with("unix://") && !host.starts_with("tcp://") && !host.starts_with("fd://")) {
      fail(Kind::invalid, "invalid bind address format: {}", host);
    }
  }
}

}  // namespace

Config load_config(int argc, const char* const* argv, std::optional<std::string>& help) {
  Config config;
  CLI::App app{"A container engine that speaks Docker's API.", "mydockd"};
  std::set<std::string_view> given;
  const std::string default_file = config.config_file;
  try {
    parse_flags(app, config, given, argc, argv);
  } catch (const CLI::CallForHelp&) {
    help = app.help();
    return config;
  }
  const auto text = find_file(config.config_file, std::size_t{1} << 20);
  if (!text && config.config_file != default_file) {
    throw_errno(ENOENT, "unable to configure the Docker daemon with file " + config.config_file);
  }
  if (text && text->find_first_not_of(" \t\r\n") != std::string::npos) {
    in_context("unable to configure the Docker daemon with file " + config.config_file,
               [&] { read_file_settings(*text, config, given); });
  }
  check_values(config);
  if (config.hosts.empty()) config.hosts.emplace_back("unix:///var/run/mydock.sock");
  return config;
}

log::Level level_of(const Config& config) {
  if (config.debug || config.log_level == "debug") return log::Level::debug;
  if (config.log_level == "warn") return log::Level::warn;
  if (config.log_level == "error" || config.log_level == "fatal") return log::Level::error;
  return log::Level::info;
}

}  // namespace mydock::daemon
