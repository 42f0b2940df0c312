#include "runtime/init/reaper.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/error.h"

namespace mydock::runtime::init {
namespace {

int exit_code(int status) {
  constexpr int kSignalled = 128;
  return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
}

void reap(pid_t child) {
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    if (pid == child) ::_exit(exit_code(status));
  }
}

// The kernel sends these for what a program itself did wrong: there is nobody to forward them to.
bool is_our_own_fault(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
}

[[noreturn]] void watch_over(pid_t child, const sigset_t& all) {
  for (;;) {
    siginfo_t info{};
    const int number = ::sigwaitinfo(&all, &info);
    if (number < 0) continue;
    if (number == SIGCHLD) {
      reap(child);
    } else if (number != SIGTTIN && number != SIGTTOU && !is_our_own_fault(number)) {
      ::kill(child, number);
    }
  }
}

void take_the_foreground() {
  check(::setpgid(0, 0), "make a process group");
  if (::isatty(STDIN_FILENO) == 0) return;
  // From the background this would stop us, were SIGTTOU not blocked.
  check(::tcsetpgrp(STDIN_FILENO, ::getpid()), "take the terminal's foreground");
}

}  // namespace

void start_under_reaper(int channel) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  check(::sigprocmask(SIG_BLOCK, &all, &before), "block signals");
  const pid_t child = check(::fork(), "fork the container's program");
  if (child != 0) {
    ::close(channel);
    // In the host's pid namespace, or a joined one, we are not pid 1.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    watch_over(child, all);
  }
  take_the_foreground();
  check(::sigprocmask(SIG_SETMASK, &before, nullptr), "unblock signals");
}

}  // namespace mydock::runtime::init
