#include "runtime/command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <array>

#include "base/file.h"
#include "runtime/command/commands.h"
#include "runtime/shim/hooks.h"

namespace mydock::runtime {

using namespace command;

namespace {

constexpr std::array kGlobal{Option{"root"},
                             Option{"log"},
                             Option{"log-format"},
                             Option{"debug", 0, false},
                             Option{"version", 'v', false},
                             Option{"cgroup-manager"},
                             Option{"systemd-cgroup", 0, false},
                             Option{"rootless"}};
constexpr std::array kCreate{
    Option{"bundle", 'b'},        Option{"pid-file"},       Option{"console-socket"},
    Option{"detach", 'd', false}, Option{"keep", 0, false}, Option{"no-new-keyring", 0, false},
    Option{"config", 'f'},        Option{"preserve-fds"},   Option{"no-pivot", 0, false}};
constexpr std::array kExec{Option{"process", 'p'},
                           Option{"pid-file"},
                           Option{"console-socket"},
                           Option{"detach", 'd', false},
                           Option{"tty", 't', false},
                           Option{"env", 'e'},
                           Option{"cwd"},
                           Option{"user", 'u'},
                           Option{"cap", 'c'},
                           Option{"no-new-privs", 0, false},
                           Option{"preserve-fds"}};
constexpr std::array kKill{Option{"all", 'a', false}};
constexpr std::array kDelete{Option{"force", 'f', false}};
constexpr std::array kFormat{Option{"format", 'f'}, Option{"quiet", 'q', false}};
constexpr std::array kUpdate{
    Option{"resources", 'r'},     Option{"memory"},      Option{"memory-swap"},
    Option{"memory-reservation"}, Option{"cpu-share"},   Option{"cpu-quota"},
    Option{"cpu-period"},         Option{"cpuset-cpus"}, Option{"cpuset-mems"},
    Option{"pids-limit"},         Option{"blkio-weight"}};

struct Command {
  std::string_view name;
  int (*run)(const Store&, const Arguments&);
  std::span<const Option> options;
  std::size_t most = 1000;  // plain words after which options end
  std::size_t least = 1;
};

constexpr std::array kCommands{
    Command{"create", &command::create, kCreate},
    Command{"run", &command::run, kCreate},
    Command{"start", &command::start, {}},
    Command{"state", &command::state, {}},
    Command{"kill", &command::kill, kKill},
    Command{"delete", &command::remove, kDelete},
    Command{"exec", &command::exec, kExec, 2},
    Command{"list", &command::list, kFormat, 1000, 0},
    Command{"ps", &command::ps, kFormat},
    Command{"pause", &command::pause, {}},
    Command{"resume", &command::resume, {}},
    Command{"update", &command::update, kUpdate},
    Command{"features", &command::features, {}, 1000, 0},
};

struct LogLine {
  std::string level;
  std::string msg;
  Time time{};
};
template <class V>
void fields(V& v, Of<LogLine> auto& l) {
  v("level", l.level);
  v("msg", l.msg);
  v("time", l.time);
}

void log_failure(const Arguments& global, const std::string& message) {
  shim::report("mydock-shim: " + message);
  const std::string path = global.value("log");
  if (path.empty()) return;
  try {
    const bool json = global.value("log-format") == "json";
    const std::string line =
        json ? to_json(LogLine{"error", message, now()}) : to_rfc3339(now()) + ": " + message;
    write_all(open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0644), line + "\n");
  } catch (const Error& error) {
    shim::report(error.message());
  }
}

int dispatch(const Arguments& global) {
  if (global.has("version")) {
    print("mydock-shim version 0.1.0\nspec: 1.1.0\n");
    return 0;
  }
  if (global.has("systemd-cgroup") || global.value("cgroup-manager") == "systemd") {
    fail(Kind::not_implemented, "systemd as cgroup manager is not supported");
  }
  if (global.rest.empty()) fail(Kind::invalid, "usage: mydock-shim [OPTION…] COMMAND [ARG…]");
  std::vector<std::string> words(global.rest.begin() + 1, global.rest.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  for (const auto& command : kCommands) {
    if (command.name != global.rest[0]) continue;
    const Arguments arguments = parse(pointers, command.options, command.most);
    if (arguments.rest.size() < command.least) fail(Kind::invalid, "a container id is needed");
    return command.run(Store(global.value("root", "/run/mydock-runtime")), arguments);
  }
  fail(Kind::invalid, "unknown command {}", json_quote(global.rest[0]));
}

}  // namespace

int run_command(int argc, char** argv) {
  Arguments global;
  try {
    ::signal(SIGPIPE, SIG_IGN);
    ::umask(0022);
    global = parse({argv + 1, static_cast<std::size_t>(argc - 1)}, kGlobal, 1);
    return dispatch(global);
  } catch (const std::exception& error) {
    log_failure(global, error.what());
    return 1;
  }
}

}  // namespace mydock::runtime
