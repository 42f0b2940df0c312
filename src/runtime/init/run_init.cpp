#include "runtime/init/run_init.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "base/error.h"
#include "base/file.h"
#include "base/root.h"
#include "runtime/init/devices.h"
#include "runtime/init/execute.h"
#include "runtime/init/mounts.h"
#include "runtime/init/namespaces.h"
#include "runtime/init/privileges.h"
#include "runtime/init/protect.h"
#include "runtime/init/reaper.h"
#include "runtime/init/rootfs.h"
#include "runtime/init/terminal.h"
#include "runtime/seccomp.h"
#include "runtime/user.h"

namespace mydock::runtime::init {
namespace {

// What is left to be done behind the gate.
struct Launch {
  oci::Process process;  // with the user looked up, and HOME
  CapabilitySets capabilities;
  std::string seccomp;  // a program; empty: unconfined
  unsigned seccomp_flags = 0;
  Fd lsm;
};

// The shim's own end of the channel must not live on here, nor anything else that it has open; what
// is kept goes at the exec.
void close_descriptors(std::vector<int> keep, const std::vector<int>& preserved) {
  keep.insert(keep.end(), preserved.begin(), preserved.end());
  std::sort(keep.begin(), keep.end());
  unsigned from = 3;
  for (const int fd : keep) {
    if (fd < 3 || static_cast<unsigned>(fd) < from) continue;
    const auto number = static_cast<unsigned>(fd);
    if (number > from) check(::close_range(from, number - 1, 0), "close descriptors");
    from = number + 1;
  }
  check(::close_range(from, ~0U, 0), "close descriptors");
  check(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "mark descriptors close-on-exec");
  for (const int fd : preserved) check(::fcntl(fd, F_SETFD, 0), "keep descriptor {}", fd);
}

void wait_for_op(int channel, std::string_view op) {
  const std::optional<ChannelPacket> packet = receive_message(channel);
  if (!packet) fail(Kind::cancelled, "the shim is gone");
  if (packet->message.op != op) {
    fail(Kind::invalid, "\"{}\" instead of \"{}\" from the shim", packet->message.op, op);
  }
}

void load_seccomp_program(const Child& child, Launch& launch) {
  const std::optional<oci::Seccomp>& profile = child.spec.linux.seccomp;
  if (!child.options.seccomp_program.empty()) {
    launch.seccomp = read_file(child.options.seccomp_program);
    launch.seccomp_flags = child.options.seccomp_flags;
    if (launch.seccomp.empty()) fail(Kind::invalid, "the compiled seccomp filter is empty");
  } else if (profile) {
    launch.seccomp = compile_seccomp(*profile);
    launch.seccomp_flags = seccomp_filter_flags(*profile);
  }
}

// While the host's file systems are all there is to see, and nothing of the container can see us.
Launch begin(const Child& child, int init_pidfd, Warnings& warnings) {
  if (child.join_cgroups) child.join_cgroups();
  std::vector<int> keep{child.channel, child.stdio[0], child.stdio[1], child.stdio[2], init_pidfd};
  if (child.detached != nullptr) {
    keep.push_back(child.detached->root.get());
    for (const auto& [index, mount] : child.detached->at) keep.push_back(mount.get());
    for (const auto& [index, device] : child.detached->devices) keep.push_back(device.get());
  }
  close_descriptors(std::move(keep), child.preserved_fds);
  wait_for_op(child.channel, "go");
  Launch launch;
  launch.process = child.process;
  set_oom_score_adj(child.process, warnings);
  launch.lsm = open_lsm_attribute(child.process);
  load_seccomp_program(child, launch);
  // From here on no process of the container may look into us, or open our program through /proc.
  check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "become undumpable");
  check(::setsid(), "make a session");
  set_rlimits(child.process, warnings);
  join_session_keyring("_ses." + child.bundle.filename().string());
  launch.capabilities = wanted_capabilities(child.process, warnings);
  return launch;
}

void set_up_stdio(const Child& child, const Root& root, bool console) {
  if (!child.process.terminal) return use_stdio(child.stdio);
  const Terminal terminal = open_terminal(child, root);
  if (console) mount_console(root, terminal.peer);
  send_message(child.channel, {.op = "tty"}, terminal.master.get());
  use_terminal(terminal.peer);
}

void report(int channel, const Warnings& warnings) {
  for (const std::string& warning : warnings) {
    send_message(channel, {.op = "warning", .message = warning});
  }
}

// "start" was said. Everything before this needed privileges that the program must not have.
[[noreturn]] void launch_program(const Child& child, const Launch& launch) {
  const oci::Process& process = launch.process;
  const Root root = Root::open("/");
  const bool entered = enter_cwd(process, root);
  give_stdio_to(process.user.uid);
  // Without no_new_privs this needs CAP_SYS_ADMIN; with it, the last moment is the best.
  const bool confined = !launch.seccomp.empty();
  if (confined && !process.no_new_privileges) load_seccomp(launch.seccomp, launch.seccomp_flags);
  drop_privileges(process.user, launch.capabilities);
  if (!entered && !enter_cwd(process, root)) fail_cwd(process.cwd, EACCES);
  check_cwd_inside();
  const std::string path = find_executable(process);
  set_lsm_profile(launch.lsm, process);
  if (process.no_new_privileges) {
    check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs");
    if (confined) load_seccomp(launch.seccomp, launch.seccomp_flags);
  }
  const bool is_init = &child.process == &*child.spec.process;
  if (is_init && child.run_hooks) child.run_hooks("startContainer");
  if (is_init && child.options.init_reaper) start_under_reaper(child.channel);
  const int error_number = execute(path, process);
  // As runc: whatever execve says now is the program's own affair, told on its stderr.
  ::close(child.channel);
  const std::string text = fmt::format("exec {}: {}\n", path, reason(error_number));
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  constexpr int kExecFailed = 255;
  ::_exit(kExecFailed);
}

void check_supported(const oci::Spec& spec) {
  if (!spec.linux.mount_label.empty()) {
    fail(Kind::not_implemented, "SELinux labels are not supported");
  }
  check_sysctls(spec);
}

Root make_rootfs(const Child& child) {
  if (child.detached != nullptr && child.detached->root) {
    return attach_rootfs(child.spec, child.detached->root);
  }
  return mount_rootfs(child.spec, child.options, child.bundle);
}

// The order is the security property: see docs/security.md.
[[noreturn]] void start_init(const Child& child) {
  Warnings warnings;
  Launch launch = begin(child, -1, warnings);
  check_supported(child.spec);
  become_root_of_user_namespace(child.spec);
  enter_namespaces(child.spec);
  ::umask(0);
  // Before any untrusted mount, so that sysctls are written to nothing else.
  std::optional<PrivateProc> proc;
  if (!child.spec.linux.sysctl.empty()) proc.emplace();
  {
    const Root root = make_rootfs(child);
    mount_all(child, root);
    make_devices(child.spec, root, child.detached);
    take_user(root, child.user, child.options.groups, launch.process);
    make_cwd(launch.process, root);
    set_up_stdio(child, root, true);
    if (child.run_hooks) child.run_hooks("createContainer");
    pivot_to(root);
  }
  set_host_names(child.spec);
  set_up_loopback(child.spec);
  if (proc) write_sysctls(child.spec, *proc);
  proc.reset();
  protect_paths(child.spec.linux.readonly_paths);
  mask_paths(child.spec.linux.masked_paths);
  finish_rootfs(child.spec);
  report(child.channel, warnings);
  send_op(child.channel, "created");
  wait_for_op(child.channel, "start");
  launch_program(child, launch);
}

[[noreturn]] void start_exec(const Child& child, int init_pidfd) {
  Warnings warnings;
  Launch launch = begin(child, init_pidfd, warnings);
  join_namespaces_of(init_pidfd, child.spec);
  become_root_of_user_namespace(child.spec);
  {
    const Root root = Root::open("/");
    take_user(root, child.user, child.options.groups, launch.process);
    set_up_stdio(child, root, false);
  }
  report(child.channel, warnings);
  launch_program(child, launch);
}

// Not abort() nor raise(), whatever happens: after a raw clone3 glibc's cached thread id is still
// the parent's.
template <class F>
[[noreturn]] void run_to_the_end(int channel, F&& body) noexcept {
  ChannelMessage message{.op = "error", .kind = "system", .message = "unknown error"};
  try {
    body();
  } catch (const Error& error) {
    message = to_message(error);
  } catch (const std::exception& error) {
    message.message = error.what();
  }
  try {
    send_message(channel, message);
  } catch (const std::exception&) {
    // The shim is gone: nobody is left to hear it.
  }
  ::_exit(1);
}

}  // namespace

void run_init(const Child& child) noexcept {
  run_to_the_end(child.channel, [&] { start_init(child); });
}

void run_exec(const Child& child, int init_pidfd) noexcept {
  run_to_the_end(child.channel, [&] { start_exec(child, init_pidfd); });
}

}  // namespace mydock::runtime::init
