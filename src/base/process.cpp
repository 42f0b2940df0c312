#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

extern "C" {  // glibc 2.36 forgot it in the header
#include <sys/pidfd.h>
}

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"

namespace mydock {

namespace {

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

void add_fds(FileActions& actions, const SpawnSpec& spec, std::vector<Fd>& parked) {
  int highest = 2;
  std::vector<std::pair<int, int>> moves;
  for (const auto& [ours, theirs] : spec.fds) {
    highest = std::max(highest, theirs);
    // Parked high first, so that no dup2 below overwrites a source that is still needed.
    parked.emplace_back(check(::fcntl(ours, F_DUPFD_CLOEXEC, 100), "duplicate fd {}", ours));
    moves.emplace_back(parked.back().get(), theirs);
  }
  for (int standard = 0; standard <= highest; ++standard) {
    const bool named = std::any_of(moves.begin(), moves.end(),
                                   [&](const auto& move) { return move.second == standard; });
    if (!named && standard <= 2) {
      ::posix_spawn_file_actions_addopen(actions.get(), standard, "/dev/null", O_RDWR, 0);
    } else if (!named) {
      ::posix_spawn_file_actions_addclose(actions.get(), standard);
    }
  }
  for (const auto& [from, to] : moves) ::posix_spawn_file_actions_adddup2(actions.get(), from, to);
  // Asio opens its sockets without close-on-exec; nothing unlisted may reach the child.
  ::posix_spawn_file_actions_addclosefrom_np(actions.get(), highest + 1);
  if (spec.directory)
    ::posix_spawn_file_actions_addchdir_np(actions.get(), spec.directory->c_str());
}

}  // namespace

Process Process::spawn(const SpawnSpec& spec) {
  FileActions actions;
  std::vector<Fd> parked;
  add_fds(actions, spec, parked);
  const Attributes attributes;
  std::vector<std::string> args{spec.name.empty() ? spec.program.filename().native() : spec.name};
  args.insert(args.end(), spec.args.begin(), spec.args.end());
  std::vector<std::string> environment = spec.environment;
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, spec.program.c_str(), actions.get(), attributes.get(),
                                  pointers(args).data(), pointers(environment).data());
  if (error != 0) throw_errno(error, "run " + spec.program.native());
  Fd pidfd(check(::pidfd_open(pid, 0), "open a pidfd of {}", pid));
  return {pid, process_start_time(pid).value_or(0), std::move(pidfd)};
}

std::optional<Process> Process::adopt(pid_t pid, std::uint64_t start_time) {
  Fd pidfd(::pidfd_open(pid, 0));
  if (!pidfd || process_start_time(pid) != start_time) return std::nullopt;
  return Process(pid, start_time, std::move(pidfd));
}

void Process::signal(int number) const {
  if (::pidfd_send_signal(pidfd_.get(), number, nullptr, 0) != 0 && errno != ESRCH) {
    fail_errno("send signal {} to {}", number, pid_);
  }
}

std::optional<ExitStatus> Process::wait(const std::stop_token& stop, Deadline deadline) const {
  if (!wait_for(pidfd_, POLLIN, stop, deadline)) return std::nullopt;
  siginfo_t info{};
  if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info, WEXITED) !=
      0) {
    return ExitStatus{255};
  }
  return ExitStatus{info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status};
}

std::optional<std::uint64_t> process_start_time(pid_t pid) {
  const auto stat = find_file(fmt::format("/proc/{}/stat", pid), 4096);
  if (!stat) return std::nullopt;
  // The name in field 2 may hold spaces and brackets; fields are counted from its last bracket.
  std::string_view rest(*stat);
  rest.remove_prefix(std::min(rest.rfind(')') + 2, rest.size()));
  for (int field = 3; field < 22; ++field) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(space + 1);
  }
  std::uint64_t value = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), value);
  return value;
}

}  // namespace mydock
