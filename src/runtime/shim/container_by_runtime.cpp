#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/root.h"
#include "runtime/capabilities.h"
#include "runtime/init/rootfs.h"
#include "runtime/overlay.h"
#include "runtime/shim/container.h"
#include "runtime/shim/exec_process.h"
#include "runtime/shim/hooks.h"
#include "runtime/shim/log/make_log.h"
#include "runtime/shim/options.h"
#include "runtime/user.h"

// A container that another OCI runtime makes: what our own init does beyond the spec is done here.
namespace mydock::runtime::shim {

namespace {

// Its mounts reach the host only as far as this process's own do: not at all.
void refuse_what_needs_our_init(const oci::Spec& spec, const TaskOptions& options) {
  if (options.init_reaper) {
    fail(Kind::not_implemented, "OCI runtime create failed: --init needs the runtime \"runc\"");
  }
  if (options.shared_memory) {
    fail(Kind::not_implemented,
         "OCI runtime create failed: the IPC of another container needs the runtime \"runc\"");
  }
  for (const oci::Mount& mount : spec.mounts) {
    const auto& words = mount.options;
    const bool shared = std::any_of(words.begin(), words.end(), [](const std::string& word) {
      return word == "shared" || word == "rshared";
    });
    if (shared) {
      fail(Kind::not_implemented,
           "OCI runtime create failed: mount {}: shared propagation needs the runtime \"runc\"",
           mount.destination);
    }
  }
}

// What is mounted from now on is seen by this process and what it runs, and goes with them.
void leave_mounts_of_host() {
  check(::unshare(CLONE_NEWNS), "make a mount namespace");
  check(::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr), "leave mount propagation");
}

// Like our own init, others are not asked for what this machine lets nobody have.
void drop_missing_capabilities(oci::Process& process) {
  if (!process.capabilities) return;
  const CapabilitySet own = own_bounding_set();
  oci::Capabilities& sets = *process.capabilities;
  for (auto* names :
       {&sets.bounding, &sets.effective, &sets.inheritable, &sets.permitted, &sets.ambient}) {
    std::erase_if(*names, [&](const std::string& name) {
      const auto number = capability_number(name);
      return number && (own >> *number & 1U) == 0;
    });
  }
}

// A runtime that does not know "rro" leaves it out: then at least the mount itself must not be
// writable.
void say_read_only_twice(std::vector<oci::Mount>& mounts) {
  for (oci::Mount& mount : mounts) {
    auto& words = mount.options;
    if (std::find(words.begin(), words.end(), "rro") != words.end()) {
      words.insert(words.begin(), "ro");
    }
  }
}

fs::path root_of(const oci::Spec& spec, const fs::path& bundle) {
  return bundle / spec.root.path;  // an absolute one stays as it is
}

}  // namespace

void Container::create_by_runtime() {
  spec_ = oci::parse_spec(read_file(bundle_ / kSpecName));
  if (!spec_.process) fail(Kind::invalid, "config.json names no process");
  refuse_what_needs_our_init(spec_, options_);
  log_ = make_log(loop_, options_.log);
  runtime_ = std::make_unique<OciRuntime>(*options_.runtime, bundle_);
  const fs::path root = root_of(spec_, bundle_);
  leave_mounts_of_host();
  if (init::has_overlay(options_)) {
    const TaskOptions::Overlay& overlay = *options_.overlay;
    mount_overlay({.lower = overlay.lower, .upper = overlay.upper, .work = overlay.work}, root, 0);
  }
  oci::Process& process = *spec_.process;
  take_user(Root::open(root), options_.user, options_.groups, process);
  drop_missing_capabilities(process);
  say_read_only_twice(spec_.mounts);
  write_file_atomically(bundle_ / kSpecName, to_json(spec_), 0600, Durability::renamed);
  try {
    make_init_by_runtime(process);
    // After it: a wrapper may have hidden a hierarchy from the runtime.
    host_ = CgroupHost::detect();
    cgroup_ = std::make_unique<Cgroup>(Cgroup::open(host_, spec_.linux.cgroups_path));
    if (!cgroup_->exists()) {
      fail(Kind::unavailable, "OCI runtime create failed: it made no cgroup {}",
           spec_.linux.cgroups_path);
    }
    oom_fd_ = cgroup_->watch_oom();
    if (oom_fd_) oom_watch_ = loop_.watch(oom_fd_.get(), POLLIN, [this](short) { on_oom(); });
  } catch (...) {
    undo_create_by_runtime();
    throw;
  }
  status_ = Status::created;
}

void Container::make_init_by_runtime(const oci::Process& process) {
  io_ = make_io(process);
  ProcessIo::ChildEnds ends;
  if (!process.terminal) ends = io_->make_pipes(host_uid(spec_.linux, process.user.uid), false);
  OciRuntime::Started started = runtime_->create(process.terminal, ends);
  init_.pid = started.pid;
  init_.pidfd = std::move(started.pidfd);
  if (started.terminal) io_->set_terminal(std::move(started.terminal));
}

void Container::undo_create_by_runtime() noexcept {
  if (init_.pid > 0) ::kill(init_.pid, SIGKILL);
  runtime_->remove();
  int status = 0;
  while (init_.pid > 0 && ::waitpid(init_.pid, &status, 0) < 0 && errno == EINTR) continue;
}

void Container::start_by_runtime(const Reply& reply) {
  Message answer{.pid = init_.pid};
  try {
    runtime_->start();
    status_ = Status::running;
  } catch (const Error& error) {
    start_failure_ = 126;
    answer.error = to_wire(error);
    cgroup_->signal_all(SIGKILL);
  }
  reply(answer);
}

void Container::exec_by_runtime(std::unique_ptr<ExecProcess> exec, const Request& request,
                                Fd stream) {
  oci::Process& process = exec->process;
  take_user(Root::open(fmt::format("/proc/{}/root", init_.pid)), exec->user, options_.groups,
            process);
  drop_missing_capabilities(process);
  ProcessIo::ChildEnds ends;
  if (!process.terminal) {
    ends = exec->io->make_pipes(host_uid(spec_.linux, process.user.uid), !stream);
  }
  if (request.rows != 0) exec->io->resize(request.rows, request.columns);
  OciRuntime::Started started = runtime_->exec(process, ends);
  exec->child.pid = started.pid;
  exec->child.pidfd = std::move(started.pidfd);
  if (started.terminal) exec->io->set_terminal(std::move(started.terminal));
  if (stream) exec->io->attach(from_wire(request.attach), std::move(stream));
  ExecProcess& running = *exec;
  execs_.emplace(running.id, std::move(exec));
  std::exchange(running.reply, nullptr)({.pid = running.child.pid});
}

void Container::leave_runtime() noexcept {
  runtime_->remove();
  // The layers are free for the next start before this process is gone.
  if (init::has_overlay(options_)) ::umount2(root_of(spec_, bundle_).c_str(), MNT_DETACH);
}

}  // namespace mydock::runtime::shim
