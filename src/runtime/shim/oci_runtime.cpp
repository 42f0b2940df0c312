#include "runtime/shim/oci_runtime.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/process.h"
#include "runtime/shim/console_socket.h"
#include "runtime/shim/hooks.h"

namespace mydock::runtime::shim {

namespace {

constexpr std::chrono::seconds kPatience{120};
constexpr std::array<std::string_view, 6> kFolders = {
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
constexpr std::string_view kLogName = "runtime.log";
constexpr std::string_view kPidName = "runtime.pid";
constexpr std::string_view kProcessName = "exec.json";

struct LogLine {
  std::string level;
  std::string msg;
};
template <class V>
void fields(V& v, Of<LogLine> auto& l) {
  v("level", l.level);
  v("msg", l.msg);
}

pid_t read_pid(const fs::path& file) {
  const std::string text = read_file(file, 64);
  pid_t pid = -1;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (pid <= 0) fail(Kind::system, "the OCI runtime wrote no pid");
  return pid;
}

std::string failure_of(const fs::path& log, int code) {
  std::string told = failure_in_log(find_file(log).value_or(""));
  return told.empty() ? fmt::format("it ended with status {}", code) : told;
}

// crun ends with libc's words.
int error_number_in(std::string_view failure) {
  for (const int number : {ENOENT, EACCES, EISDIR, ENOTDIR}) {
    if (failure.ends_with(::strerror(number))) return number;
  }
  return 0;
}

}  // namespace

fs::path find_runtime_program(const std::string& path) {
  if (path.find('/') != std::string::npos) {
    if (::access(path.c_str(), X_OK) == 0) return path;
    throw_errno(errno, fmt::format("OCI runtime create failed: exec: \"{}\"", path));
  }
  for (const std::string_view folder : kFolders) {
    fs::path program = fs::path(folder) / path;
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  fail(Kind::not_found,
       "OCI runtime create failed: exec: \"{}\": executable file not found in $PATH", path);
}

std::string failure_in_log(std::string_view log) {
  std::string failure;
  while (!log.empty()) {
    const std::size_t end = std::min(log.find('\n'), log.size());
    try {
      auto line = from_json<LogLine>(std::string(log.substr(0, end)));
      if (line.level == "error" || line.level == "fatal") failure = std::move(line.msg);
    } catch (const Error&) {
      // Not a line of the log's format: nothing to tell.
    }
    log.remove_prefix(std::min(end + 1, log.size()));
  }
  return failure;
}

OciRuntime::OciRuntime(const TaskOptions::Runtime& runtime, fs::path bundle)
    : program_(find_runtime_program(runtime.path)),
      arguments_(runtime.arguments),
      root_(runtime.root),
      bundle_(std::move(bundle)),
      id_(bundle_.filename()) {
  make_directories(root_, 0700);
}

OciRuntime::Started OciRuntime::create(bool terminal, const ProcessIo::ChildEnds& stdio) const {
  remove();
  return launch({"create", "--bundle", bundle_}, {id_}, terminal, stdio);
}

void OciRuntime::start() const { run({"start", id_}, {}); }

OciRuntime::Started OciRuntime::exec(const oci::Process& process,
                                     const ProcessIo::ChildEnds& stdio) const {
  const fs::path file = bundle_ / kProcessName;
  write_file_atomically(file, to_json(process), 0600, Durability::renamed);
  Started started = launch({"exec", "--detach", "--process", file}, {id_}, process.terminal, stdio);
  ::unlink(file.c_str());
  return started;
}

void OciRuntime::remove() const noexcept {
  try {
    if (fs::exists(root_ / id_)) run({"delete", "--force", id_}, {});
  } catch (const std::exception& error) {
    report(error.what());
  }
}

OciRuntime::Started OciRuntime::launch(std::vector<std::string> words,
                                       std::vector<std::string> last, bool terminal,
                                       const ProcessIo::ChildEnds& stdio) const {
  const fs::path pid_file = bundle_ / kPidName;
  ::unlink(pid_file.c_str());
  words.insert(words.end(), {"--pid-file", pid_file});
  std::optional<ConsoleSocket> console;
  if (terminal) {
    console.emplace(bundle_);
    words.insert(words.end(), {"--console-socket", console->path()});
  }
  words.insert(words.end(), last.begin(), last.end());
  run(words, stdio);
  Started started{.pid = read_pid(pid_file), .pidfd = {}, .terminal = {}};
  // Nobody but us reaps it, so the number is still its own.
  started.pidfd = Fd(static_cast<int>(
      check(::syscall(SYS_pidfd_open, started.pid, 0), "open a pidfd of {}", started.pid)));
  if (!console) return started;
  try {
    started.terminal = console->receive();
  } catch (const Error&) {
    ::kill(started.pid, SIGKILL);
    throw;
  }
  return started;
}

void OciRuntime::run(const std::vector<std::string>& words,
                     const ProcessIo::ChildEnds& stdio) const {
  const fs::path log = bundle_ / kLogName;
  ::unlink(log.c_str());
  SpawnSpec spec{
      .program = program_,
      .args = arguments_,
      .environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
      .fds = {},
      .directory = bundle_};
  spec.args.insert(spec.args.end(), {"--root", root_, "--log", log, "--log-format", "json"});
  spec.args.insert(spec.args.end(), words.begin(), words.end());
  if (stdio.out) {
    spec.fds = {{stdio.in.get(), 0}, {stdio.out.get(), 1}, {stdio.err.get(), 2}};
  } else {
    spec.fds = {{STDERR_FILENO, 2}};
  }
  const Process process = Process::spawn(spec);
  auto status = process.wait({}, deadline_after(kPatience));
  if (!status) {
    process.signal(SIGKILL);
    process.wait({});
    fail(Kind::deadline, "OCI runtime {} failed: it took too long", words.front());
  }
  if (status->code == 0) return;
  const std::string failure = failure_of(log, status->code);
  throw Error(Kind::system, fmt::format("OCI runtime {} failed: {}", words.front(), failure),
              error_number_in(failure));
}

}  // namespace mydock::runtime::shim
