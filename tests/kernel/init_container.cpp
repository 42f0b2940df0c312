#include "tests/kernel/init_container.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/error.h"
#include "base/file.h"
#include "runtime/capabilities.h"
#include "runtime/seccomp.h"
#include "runtime/shim/detached_mounts.h"
#include "runtime/shim/hooks.h"
#include "runtime/shim/spawn.h"

namespace mydock::runtime::init {
namespace {

oci::Mount make_mount(std::string destination, std::string type, std::vector<std::string> options) {
  oci::Mount mount;
  mount.destination = std::move(destination);
  mount.type = type;
  mount.source = std::move(type);
  mount.options = std::move(options);
  return mount;
}

int clone_child(std::uint64_t flags, Fd& pidfd) {
  clone_args args{};
  int fd = -1;
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&fd);
  args.exit_signal = SIGCHLD;
  const long pid = ::syscall(SYS_clone3, &args, sizeof args);
  if (pid > 0) pidfd = Fd(fd);
  return static_cast<int>(check(pid, "clone3"));
}

int wait_code(int pid) {
  int status = 0;
  check(::waitpid(pid, &status, 0), "wait for {}", pid);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// A terminal's master gives EIO at the end.
std::string drain(const Fd& fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

struct InitContainer::Started {
  int pid = -1;
  Fd pidfd;
  Fd channel;
  Fd output;
  Fd terminal;
};

oci::Spec docker_like_spec() {
  oci::Spec spec;
  spec.root.path = "rootfs";
  spec.hostname = "box";
  oci::Process process;
  process.args = {"/bin/sh"};
  process.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  oci::Capabilities caps;
  caps.bounding = caps.effective = caps.permitted = docker_default_capabilities();
  process.capabilities = caps;
  process.oom_score_adj = 0;
  spec.process = process;
  spec.mounts = {
      make_mount("/proc", "proc", {"nosuid", "noexec", "nodev"}),
      make_mount("/dev", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
      make_mount("/dev/pts", "devpts",
                 {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
      make_mount("/sys", "sysfs", {"nosuid", "noexec", "nodev", "ro"}),
      make_mount("/sys/fs/cgroup", "cgroup", {"ro", "nosuid", "noexec", "nodev"}),
      make_mount("/dev/mqueue", "mqueue", {"nosuid", "noexec", "nodev"}),
      make_mount("/dev/shm", "tmpfs", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
  };
  for (const char* type : {"mount", "uts", "pid", "ipc", "network", "cgroup"}) {
    spec.linux.namespaces.push_back({.type = type, .path = {}});
  }
  spec.linux.masked_paths = {"/proc/acpi",
                             "/proc/asound",
                             "/proc/interrupts",
                             "/proc/kcore",
                             "/proc/keys",
                             "/proc/latency_stats",
                             "/proc/sched_debug",
                             "/proc/scsi",
                             "/proc/timer_list",
                             "/proc/timer_stats",
                             "/sys/devices/virtual/powercap",
                             "/sys/firmware"};
  spec.linux.readonly_paths = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                               "/proc/sysrq-trigger"};
  spec.linux.seccomp = default_seccomp_profile(docker_default_capabilities());
  return spec;
}

InitContainer::InitContainer() : spec(docker_like_spec()) {
  std::string name = "/tmp/mydock-t-rt-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) fail_errno("make a directory");
  directory_ = name;
  check(::chmod(name.c_str(), 0755), "chmod");
  make_directories(rootfs() / "bin", 0755);
  make_directories(rootfs() / "etc", 0755);
  make_directories(rootfs() / "tmp", 01777);
  fs::copy_file("/bin/busybox", rootfs() / "bin/busybox");
  for (const char* applet :
       {"sh",       "cat",   "ls",   "id",    "mount", "umount", "hostname", "stat",
        "readlink", "sleep", "echo", "mkdir", "touch", "grep",   "dd",       "unshare",
        "tty",      "pwd",   "kill", "ps",    "env",   "stty",   "rm",       "test",
        "ln",       "mknod", "df",   "head",  "nproc", "chmod",  "true"}) {
    fs::create_symlink("busybox", rootfs() / "bin" / applet);
  }
  write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:Web:/home/web:/bin/sh\n");
  write("etc/group", "root:x:0:root\nadm:x:4:root,web\nweb:x:1001:\nwheel:x:10:root\n");
}

InitContainer::~InitContainer() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void InitContainer::write(const std::string& path, const std::string& contents, mode_t mode) const {
  const fs::path full = rootfs() / path;
  fs::create_directories(full.parent_path());
  const Fd file = open_file(full, O_WRONLY | O_CREAT | O_TRUNC, mode);
  write_all(file, contents);
  check(::fchmod(file.get(), mode), "chmod");
}

void InitContainer::link(const std::string& path, const std::string& target) const {
  const fs::path full = rootfs() / path;
  fs::create_directories(full.parent_path());
  fs::remove_all(full);
  fs::create_symlink(target, full);
}

InitContainer::Started InitContainer::start(Result& result) {
  auto [out_read, out_write] = make_pipe();
  const int out = out_write.get();  // clang 14 captures no structured binding
  const Fd null = open_file("/dev/null", O_RDONLY);
  Started started;
  started.output = std::move(out_read);
  {
    const DetachedMounts detached = shim::make_detached_mounts(spec, options, directory_);
    const ChildPidNamespace pid_namespace(spec);
    shim::Spawned spawned = shim::spawn_init(spec, -1, [&](int channel) {
      run_init({.spec = spec,
                .process = *spec.process,
                .options = options,
                .bundle = directory_,
                .user = options.user,
                .cgroups = cgroups,
                .cgroup_path = cgroup_path,
                .detached = &detached,
                .channel = channel,
                .stdio = {null.get(), out, out},
                .run_hooks = shim::hooks_of_init(spec, "box", directory_)});
    });
    started.pid = spawned.pid;
    started.pidfd = std::move(spawned.pidfd);
    started.channel = std::move(spawned.channel);
  }
  out_write.reset();
  shim::write_id_maps(started.pid, spec.linux);
  send_op(started.channel.get(), "go");
  while (std::optional<ChannelPacket> packet = receive_message(started.channel.get())) {
    if (packet->message.op == "warning") result.warnings.push_back(packet->message.message);
    if (packet->message.op == "tty") started.terminal = std::move(packet->fd);
    if (packet->message.op == "created") {
      result.created = true;
      break;
    }
    if (packet->message.op == "error") {
      result.error = packet->message.message;
      result.error_number = packet->message.error_number;
      result.kind = packet->message.kind;
    }
  }
  return started;
}

void InitContainer::follow(Started& started, Result& result, bool is_init) const {
  if (is_init && result.created) send_op(started.channel.get(), "start");
  while (std::optional<ChannelPacket> packet = receive_message(started.channel.get())) {
    if (packet->message.op == "warning") result.warnings.push_back(packet->message.message);
    if (packet->message.op == "tty") started.terminal = std::move(packet->fd);
    if (packet->message.op != "error") continue;
    result.error = packet->message.message;
    result.error_number = packet->message.error_number;
    result.kind = packet->message.kind;
  }
  result.output = drain(started.terminal ? started.terminal : started.output);
  result.code = wait_code(started.pid);
}

InitContainer::Result InitContainer::run(const std::string& script) {
  spec.process->args = {"/bin/sh", "-c", script};
  return run();
}

InitContainer::Result InitContainer::run() {
  Result result;
  Started started = start(result);
  follow(started, result, true);
  return result;
}

InitContainer::Result InitContainer::exec(const oci::Process& process, const std::string& user) {
  spec.process->args = {"/bin/sleep", "1000"};
  Result init_result;
  const Started init = start(init_result);
  if (!init_result.created) return init_result;
  send_op(init.channel.get(), "start");
  while (receive_message(init.channel.get())) {
  }
  auto [ours, theirs] = make_socketpair(SOCK_SEQPACKET);
  auto [out_read, out_write] = make_pipe();
  const Fd null = open_file("/dev/null", O_RDONLY);
  Started started;
  started.channel = std::move(ours);
  started.output = std::move(out_read);
  {
    const ChildPidNamespace pid_namespace(init.pidfd);
    started.pid = clone_child(0, started.pidfd);
  }
  if (started.pid == 0) {
    const Child child{.spec = spec,
                      .process = process,
                      .options = options,
                      .bundle = directory_,
                      .user = user,
                      .cgroups = {},
                      .cgroup_path = {},
                      .channel = theirs.get(),
                      .stdio = {null.get(), out_write.get(), out_write.get()}};
    run_exec(child, init.pidfd.get());
  }
  theirs.reset();
  out_write.reset();
  send_op(started.channel.get(), "go");
  Result result;
  follow(started, result, false);
  ::kill(init.pid, SIGKILL);
  wait_code(init.pid);
  return result;
}

}  // namespace mydock::runtime::init
