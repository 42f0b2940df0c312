#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "runtime/init/sealed_program.h"
#include "runtime/shim.h"
#include "runtime/shim/container.h"
#include "runtime/shim/hooks.h"
#include "runtime/shim/loop.h"
#include "runtime/shim/server.h"

namespace mydock::runtime {

using namespace shim;

namespace {

// SIGCHLD and SIGTERM as a descriptor; SIGHUP and SIGINT are not for us.
Fd take_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  ::sigaddset(&set, SIGTERM);
  check(::sigprocmask(SIG_BLOCK, &set, nullptr), "block signals");
  return Fd(check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "make a signalfd"));
}

void on_signals(const Fd& signals, Container& container) {
  signalfd_siginfo info;
  while (::read(signals.get(), &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo == SIGTERM) container.kill();
  }
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) container.on_child(pid, status);
}

void prepare_process() {
  ::mallopt(M_TRIM_THRESHOLD, 64 * 1024);
  ::mallopt(M_TOP_PAD, 16 * 1024);
  ::setsid();  // fails only for a leader, who needs none
  check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "become a subreaper");
  ::umask(0022);
}

// The daemon's end of a socket pair; nothing, when a person started us by hand.
Fd inherited_connection() {
  struct stat status {};
  if (::fstat(kInheritedFd, &status) != 0 || !S_ISSOCK(status.st_mode)) return {};
  check(::fcntl(kInheritedFd, F_SETFD, FD_CLOEXEC), "keep the daemon's socket from the container");
  return Fd(kInheritedFd);
}

int serve(const fs::path& bundle) {
  Fd daemon = inherited_connection();  // first: any descriptor that we open could be this number
  prepare_process();
  const Fd signals = take_signals();
  Loop loop;
  Server server(loop);
  Container container(loop, bundle, [&](const Message& event) { return server.broadcast(event); });
  server.set_container(container);
  if (daemon) server.adopt(std::move(daemon));
  try {
    server.listen(bundle);
    container.create();
  } catch (const std::exception& error) {
    const auto* known = dynamic_cast<const Error*>(&error);
    Message failed{.event = "failed"};
    failed.error = known != nullptr ? to_wire(*known) : WireError{"system", error.what(), 0};
    report(error.what());
    server.broadcast(failed);
    ::unlink((bundle / kSocketName).c_str());
    return 1;
  }
  const auto watch =
      loop.watch(signals.get(), POLLIN, [&](short) { on_signals(signals, container); });
  server.broadcast({.event = "created", .pid = container.pid()});
  ::malloc_trim(0);
  while (!container.finished()) loop.run_once();
  return 0;
}

}  // namespace

int run_shim(const fs::path& bundle) {
  try {
    init::run_from_sealed_program(bundle);
    // The kernel names a process after the file, which is a descriptor's number here.
    ::prctl(PR_SET_NAME, "mydock-shim");
    return serve(bundle);
  } catch (const std::exception& error) {
    report(error.what());
    return 1;
  }
}

}  // namespace mydock::runtime
