#include "runtime/shim/spawn.h"

#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "runtime/init/channel.h"
#include "runtime/init/namespaces.h"
#include "runtime/init/run_init.h"

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

// As this process's own pid namespace numbers it.
pid_t pid_of(const Fd& pidfd) {
  const std::string text = read_file(fmt::format("/proc/self/fdinfo/{}", pidfd.get()));
  const std::size_t at = text.find("\nPid:\t");
  pid_t pid = -1;
  if (at != std::string::npos) {
    const char* number = text.data() + at + 6;
    std::from_chars(number, text.data() + text.size(), pid);
  }
  if (pid <= 0) fail(Kind::system, "the container's first process is gone");
  return pid;
}

// In the process in between: joins what must be joined, and makes the child its own sibling.
void clone_between(const oci::Spec& spec, int channel, const Fd& inner,
                   const std::function<void(int channel)>& body) {
  init::enter_before_clone(spec);
  int pidfd = -1;
  clone_args args{};
  args.flags = init::clone_flags(spec) | CLONE_PIDFD | CLONE_PARENT;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  const long pid = check(::syscall(SYS_clone3, &args, sizeof(args)), "start a process");
  if (pid == 0) {
    body(inner.get());
    ::_exit(1);
  }
  init::send_message(channel, {.op = "child"}, pidfd);
}

Fd await_child(const Spawned& between) {
  std::optional<init::ChannelPacket> packet;
  std::optional<Error> failure;
  try {
    packet = init::receive_message(between.channel.get());
    if (packet && packet->message.op == "error") failure = init::to_error(packet->message);
  } catch (const Error& error) {
    failure = error;
  }
  while (::waitpid(between.pid, nullptr, 0) < 0 && errno == EINTR) continue;
  if (failure) throw *failure;
  if (!packet || !packet->fd) fail(Kind::system, "the container's first process was not made");
  return std::move(packet->fd);
}

}  // namespace

Spawned spawn_init(const oci::Spec& spec, int cgroup,
                   const std::function<void(int channel)>& body) {
  if (!init::enters_before_clone(spec)) return spawn(init::clone_flags(spec), cgroup, body);
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  const Fd& inner = theirs;
  const Spawned between = spawn(0, cgroup, [&](int channel) {
    try {
      clone_between(spec, channel, inner, body);
    } catch (const Error& error) {
      init::send_message(channel, init::to_message(error));
    }
    ::_exit(0);
  });
  Fd pidfd = await_child(between);
  const pid_t pid = pid_of(pidfd);
  return {pid, std::move(pidfd), std::move(ours)};
}

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
  const auto& namespaces = spec.namespaces;
  const bool made = std::any_of(namespaces.begin(), namespaces.end(), [](const auto& each) {
    return each.type == "user" && each.path.empty();
  });
  if (made) write_id_maps(pid, spec.uid_mappings, spec.gid_mappings);
}

void write_id_maps(pid_t pid, const std::vector<oci::IdMapping>& uids,
                   const std::vector<oci::IdMapping>& gids) {
  const fs::path proc = fs::path("/proc") / std::to_string(pid);
  if (!gids.empty()) write_kernel_file(proc / "gid_map", map_text(gids));
  if (!uids.empty()) write_kernel_file(proc / "uid_map", map_text(uids));
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
