#include <csignal>
#include <cstdlib>

#include "cli/cli.h"
#include "cli/config_file.h"
#include "cli/connection.h"
#include "cli/help.h"
#include "cli/invocation.h"
#include "cli/version.h"

namespace mydock::cli {

namespace {

constexpr int kUsageExit = 125;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

void check_host(const std::string& host) {
  for (const std::string_view scheme : {"unix://", "tcp://", "npipe://", "fd://", "ssh://"}) {
    if (host.starts_with(scheme)) return;
  }
  if (host.find("://") == std::string::npos) return;
  throw ExitError(1, fmt::format("Failed to initialize: unable to resolve docker endpoint: "
                                 "invalid bind address format: {}",
                                 host));
}

void check_version() {
  const std::string version = environment("DOCKER_API_VERSION");
  if (version.empty() || api::ApiVersion::parse(version)) return;
  throw ExitError(1, fmt::format("DOCKER_API_VERSION: invalid API version \"{}\"", version));
}

int usage_failure(Console& console, const Command& command, std::string_view name,
                  const UsageError& error, bool count_error) {
  const bool see = count_error && command.most == kUnlimited;
  console.err(fmt::format("{}\n\n{}\n\n{} 'mydock{}{} --help' for more information",
                          error.message(), usage_line(command, name), see ? "See" : "Run",
                          name.empty() ? "" : " ", name));
  return count_error ? 1 : kUsageExit;
}

// What the words in front of the command say.
struct Top {
  const Flags& flags;
  Console& console;
};

int run_command(const Command& command, const std::string& name, std::span<const std::string> words,
                const Top& top) {
  Console& console = top.console;
  Arguments arguments;
  try {
    arguments = parse_arguments(command, words);
    if (!arguments.help) check_flags(command, arguments.flags);
  } catch (const UsageError& error) {
    return usage_failure(console, command, name, error, false);
  }
  if (arguments.help) {
    console.text(command_help(command, name));
    return 0;
  }
  try {
    check_count(command, name, arguments.args.size());
  } catch (const UsageError& error) {
    return usage_failure(console, command, name, error, true);
  }
  for (const auto& [flag, value] : arguments.flags.given()) {
    if (!flag->refused.empty()) {
      throw ExitError(1, fmt::format("\"--{}\" {}", flag->name, flag->refused));
    }
  }
  std::string host = choose_host(top.flags);
  check_host(host);
  check_version();
  apply_config(load_config_file(top.flags, console), command, arguments.flags);
  Invocation call(command, name, std::move(arguments), std::move(host), console);
  call.config_folder = config_directory(top.flags);
  const int code = command.run(call);
  console.flush();
  return code;
}

// docker's own group of this name says what it takes, the others do not.
std::string group_usage(const Group& group) {
  return fmt::format(" {}{}", group.name, group.name == "volume" ? " COMMAND" : "");
}

int unknown(Console& console, std::string_view what, const Group* group) {
  const std::string name = group == nullptr ? "" : fmt::format(" {}", group->name);
  console.err(fmt::format(
      "mydock: unknown command: mydock{} {}\n{}\nRun 'mydock{} --help' for more "
      "information",
      name, what, group == nullptr ? "" : fmt::format("\nUsage:  mydock{}\n", group_usage(*group)),
      name));
  return 1;
}

int run_group(const Group& group, std::span<const std::string> words, const Top& top) {
  Console& console = top.console;
  if (words.empty()) {
    console.err_raw(group_help(group));
    return 0;
  }
  if (words[0] == "--help" || words[0] == "-h") {
    console.text(group_help(group));
    return 0;
  }
  const Command* command = find_command(fmt::format("{} {}", group.name, words[0]));
  if (command == nullptr) return unknown(console, words[0], &group);
  const std::string name = fmt::format("{} {}", group.name, verb_in(*command, group.name));
  return run_command(*command, name, words.subspan(1), top);
}

int run_help(std::span<const std::string> words, Console& console) {
  if (words.empty()) {
    console.text(top_help());
    return 0;
  }
  const std::string form = words.size() > 1 ? fmt::format("{} {}", words[0], words[1]) : words[0];
  if (const Command* command = find_command(form)) {
    console.text(command_help(*command, form));
  } else if (const Group* group = find_group(words[0])) {
    console.text(group_help(*group));
  } else {
    return unknown(console, words[0], nullptr);
  }
  return 0;
}

int run_words(std::span<const std::string> words, Console& console) {
  Arguments top;
  try {
    top = parse_arguments(kTopCommand, words);
    check_flags(kTopCommand, top.flags);
  } catch (const UsageError& error) {
    return usage_failure(console, kTopCommand, "", error, false);
  }
  if (top.flags.boolean("version")) {
    console.line(fmt::format("mydock version {}", kVersion));
    return 0;
  }
  if (top.help || top.args.empty()) {
    console.text(top_help());
    return 0;
  }
  const std::span<const std::string> rest = std::span<const std::string>(top.args).subspan(1);
  const std::string& name = top.args[0];
  if (name == "help") return run_help(rest, console);
  const Top front{top.flags, console};
  if (const Command* command = find_command(name)) {
    return run_command(*command, name, rest, front);
  }
  if (const Group* group = find_group(name)) {
    return run_group(*group, rest, front);
  }
  return unknown(console, name, nullptr);
}

}  // namespace

client::ApiClient& Invocation::api() {
  if (api_ == nullptr) {
    api_ = std::make_unique<client::ApiClient>(host_);
    const std::string version = environment("DOCKER_API_VERSION");
    if (const auto parsed = api::ApiVersion::parse(version)) api_->session().set_version(*parsed);
  }
  return *api_;
}

int run_cli(int argc, const char* const* argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Console console;
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    return run_words(words, console);
  } catch (const ExitError& error) {
    if (!error.message().empty()) console.err(error.message());
    return error.code();
  } catch (const std::exception& error) {
    console.err(error.what());
    return 1;
  }
}

}  // namespace mydock::cli
