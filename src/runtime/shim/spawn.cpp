#include "runtime/shim/spawn.h"

#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace mydock::runtime::shim {

namespace {

void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::string map_text(const std::vector<oci::IdMapping>& mappings) {
  std::string text;
  for (const auto& map : mappings) {
    text += fmt::format("{} {} {}\n", map.container_id, map.host_id, map.size);
  }
  return text;
}

}  // namespace

Spawned spawn(std::uint64_t namespaces, int cgroup, const std::function<void(int channel)>& body) {
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  int pidfd = -1;
  clone_args args{};
  args.flags = namespaces | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  const long pid = check(::syscall(SYS_clone3, &args, sizeof(args)), "start a process");
  if (pid == 0) {
    reset_signals();
    body(theirs.get());
    ::_exit(1);
  }
  return {static_cast<pid_t>(pid), Fd(pidfd), std::move(ours)};
}

bool joins_by_itself(const oci::Spec& spec) {
  const auto& namespaces = spec.linux.namespaces;
  const bool mapped = std::any_of(namespaces.begin(), namespaces.end(),
                                  [](const oci::Namespace& each) { return each.type == "user"; });
  return !mapped && !spec.hooks;
}

void write_id_maps(pid_t pid, const oci::Linux& spec) {
  const fs::path proc = fs::path("/proc") / std::to_string(pid);
  if (!spec.gid_mappings.empty()) write_kernel_file(proc / "gid_map", map_text(spec.gid_mappings));
  if (!spec.uid_mappings.empty()) write_kernel_file(proc / "uid_map", map_text(spec.uid_mappings));
}

uid_t host_uid(const oci::Linux& spec, std::uint32_t container_uid) {
  if (spec.uid_mappings.empty()) return container_uid;
  for (const auto& map : spec.uid_mappings) {
    if (container_uid >= map.container_id && container_uid - map.container_id < map.size) {
      return map.host_id + (container_uid - map.container_id);
    }
  }
  return 0;
}

}  // namespace mydock::runtime::shim
