#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/stop.h"

namespace mydock {

struct SpawnSpec {
  fs::path program;                      // absolute; PATH is not searched
  std::string name{};                    // argv[0]; empty: the program's file name
  std::vector<std::string> args;         // without argv[0]
  std::vector<std::string> environment;  // nothing is inherited
  std::vector<std::pair<int, int>> fds;  // {ours, theirs}; every other descriptor above 2 is closed
  std::optional<fs::path> directory;
};

struct ExitStatus {
  int code = 0;  // as a shell tells it: the exit status, or 128 + the signal's number
};

// A program that runs. Does not end it when destroyed.
class Process {
 public:
  // posix_spawn; the child gets an empty signal mask and default dispositions, stdio from /dev/null
  // where `fds` does not name 0, 1 or 2. Errors: system ("run PROGRAM: reason").
  static Process spawn(const SpawnSpec& spec);
  // A process that another daemon instance started; no value when that pid is gone, or is now
  // another process (its start time differs).
  static std::optional<Process> adopt(pid_t pid, std::uint64_t start_time);

  pid_t pid() const { return pid_; }
  // Field 22 of /proc/PID/stat: with the pid, a name that is never used twice.
  std::uint64_t start_time() const { return start_time_; }
  const Fd& pidfd() const { return pidfd_; }
  // A process that is already gone is no error.
  void signal(int number) const;
  // Blocks until it ended. For an adopted process the code is unknown: 255. No value: deadline.
  // Our own child is reaped by this call. Errors: cancelled.
  std::optional<ExitStatus> wait(const std::stop_token& stop, Deadline deadline = {}) const;

 private:
  Process(pid_t pid, std::uint64_t start_time, Fd pidfd)
      : pid_(pid), start_time_(start_time), pidfd_(std::move(pidfd)) {}

  pid_t pid_;
  std::uint64_t start_time_;
  Fd pidfd_;
};

// No value when there is no such process.
std::optional<std::uint64_t> process_start_time(pid_t pid);

}  // namespace mydock
