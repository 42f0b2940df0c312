#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/command.h"
#include "cli/terminal/console.h"
#include "client/api_client.h"

namespace mydock::cli {

// Ends the command with this exit code; the message is for standard error, unless it is empty.
class ExitError : public Error {
 public:
  ExitError(int code, std::string message)
      : Error(Kind::invalid, std::move(message)), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

// One command as it was called.
class Invocation {
 public:
  Invocation(const Command& what, std::string as, Arguments arguments, std::string host,
             Console& where)
      : command(what),
        name(std::move(as)),
        flags(std::move(arguments.flags)),
        args(std::move(arguments.args)),
        console(where),
        host_(std::move(host)) {}

  const Command& command;
  std::string name;  // as it was called: "stop", "container stop"
  Flags flags;
  std::vector<std::string> args;
  Console& console;
  fs::path config_folder;  // of docker's config.json

  // Connects at the first call that is made with it.
  client::ApiClient& api();
  const std::string& host() const { return host_; }

 private:
  std::string host_;
  std::unique_ptr<client::ApiClient> api_;
};

// Runs calls to the daemon: what it answers gets "Error response from daemon: " put before it.
template <class F>
auto from_daemon(F&& calls) {
  try {
    return std::forward<F>(calls)();
  } catch (Error& error) {
    const bool answered = error.error_number() == 0 && error.kind() != Kind::cancelled &&
                          !error.message().starts_with("Cannot connect to the Docker daemon") &&
                          !error.message().starts_with("Error response from daemon");
    if (answered) error.prepend("Error response from daemon");
    throw;
  }
}

// Runs `action` for each argument and prints the argument, as docker does: goes on after an error,
// says all errors at the end, and answers 1 if there was one.
template <class F>
int for_each_argument(Invocation& call, F&& action, bool echo = true) {
  std::vector<std::string> problems;
  for (const std::string& arg : call.args) {
    try {
      from_daemon([&] { action(arg); });
      if (echo) call.console.line(arg);
    } catch (const Error& error) {  // said below, so that the next ones get their turn
      problems.push_back(error.message());
    }
  }
  for (const std::string& problem : problems) call.console.err(problem);
  return problems.empty() ? 0 : 1;
}

}  // namespace mydock::cli
