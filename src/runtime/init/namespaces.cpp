#include "runtime/init/namespaces.h"

#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "runtime/init/run_init.h"

namespace mydock::runtime::init {
namespace {

struct NamespaceType {
  std::string_view name;
  int flag;
};
// In the order in which they are joined: the user namespace decides what else is allowed.
constexpr std::array kTypes{
    NamespaceType{"user", CLONE_NEWUSER}, NamespaceType{"ipc", CLONE_NEWIPC},
    NamespaceType{"uts", CLONE_NEWUTS},   NamespaceType{"network", CLONE_NEWNET},
    NamespaceType{"pid", CLONE_NEWPID},   NamespaceType{"cgroup", CLONE_NEWCGROUP},
    NamespaceType{"mount", CLONE_NEWNS},  NamespaceType{"time", CLONE_NEWTIME},
};
// Neither made by the clone of init nor joined like the others.
bool is_apart(const NamespaceType& type) {
  return type.flag == CLONE_NEWCGROUP || type.flag == CLONE_NEWTIME;
}

void check_namespaces(const oci::Spec& spec) {
  for (const oci::Namespace& ns : spec.linux.namespaces) {
    const auto known = std::find_if(kTypes.begin(), kTypes.end(), [&](const NamespaceType& type) {
      return type.name == ns.type;
    });
    if (known == kTypes.end()) fail(Kind::invalid, "unknown namespace type \"{}\"", ns.type);
    const auto same = [&](const oci::Namespace& other) { return other.type == ns.type; };
    if (std::count_if(spec.linux.namespaces.begin(), spec.linux.namespaces.end(), same) > 1) {
      fail(Kind::invalid, "namespace type \"{}\" is listed twice", ns.type);
    }
  }
  // Without its own, mounting and pivot_root would change this machine.
  const oci::Namespace* mount = find_namespace(spec, "mount");
  if (mount == nullptr || !mount->path.empty()) {
    fail(Kind::invalid, "a container needs a mount namespace of its own");
  }
}

void join(const std::string& path, int flag) {
  const Fd ns = open_file(path, O_RDONLY);
  check(::setns(ns.get(), flag), "join namespace {}", path);
}

bool is_made(const oci::Spec& spec, std::string_view type) {
  const oci::Namespace* ns = find_namespace(spec, type);
  return ns != nullptr && ns->path.empty();
}

void make_time_namespace(const oci::Linux& linux) {
  check(::unshare(CLONE_NEWTIME), "make a time namespace");
  for (const auto& [clock, offset] : linux.time_offsets) {
    if (clock != "monotonic" && clock != "boottime") {
      fail(Kind::invalid, "time offset of an unknown clock \"{}\"", clock);
    }
    write_kernel_file("/proc/self/timens_offsets",
                      fmt::format("{} {} {}", clock, offset.secs, offset.nanosecs));
  }
}

}  // namespace

std::uint64_t clone_flags(const oci::Spec& spec) {
  check_namespaces(spec);
  std::uint64_t flags = 0;
  for (const NamespaceType& type : kTypes) {
    if (is_apart(type)) continue;
    const oci::Namespace* ns = find_namespace(spec, type.name);
    if (ns != nullptr && ns->path.empty()) flags |= static_cast<std::uint64_t>(type.flag);
  }
  return flags;
}

const oci::Namespace* find_namespace(const oci::Spec& spec, std::string_view type) {
  const auto& all = spec.linux.namespaces;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const oci::Namespace& ns) { return ns.type == type; });
  return found == all.end() ? nullptr : &*found;
}

ChildPidNamespace::ChildPidNamespace(const oci::Spec& spec) {
  const oci::Namespace* pid = find_namespace(spec, "pid");
  if (pid == nullptr || pid->path.empty()) return;
  own_ = open_file("/proc/self/ns/pid", O_RDONLY);
  join(pid->path, CLONE_NEWPID);
}

ChildPidNamespace::ChildPidNamespace(const Fd& init_pidfd)
    : own_(open_file("/proc/self/ns/pid", O_RDONLY)) {
  check(::setns(init_pidfd.get(), CLONE_NEWPID), "join the container's pid namespace");
}

ChildPidNamespace::~ChildPidNamespace() {
  // Our own pid namespace can always be set again; it was never left.
  if (own_) ::setns(own_.get(), CLONE_NEWPID);
}

bool enters_before_clone(const oci::Spec& spec) {
  const auto& all = spec.linux.namespaces;
  const bool by_path = std::any_of(all.begin(), all.end(),
                                   [](const oci::Namespace& ns) { return !ns.path.empty(); });
  return is_made(spec, "time") || (by_path && find_namespace(spec, "user") != nullptr);
}

void enter_before_clone(const oci::Spec& spec) {
  if (find_namespace(spec, "user") != nullptr) {
    // Host root may join all of them; who has joined the user namespace may not any more.
    for (auto type = kTypes.rbegin(); type != kTypes.rend(); ++type) {
      const oci::Namespace* ns = find_namespace(spec, type->name);
      if (ns == nullptr || ns->path.empty() || type->flag == CLONE_NEWPID) continue;
      join(ns->path, type->flag);
    }
  }
  if (is_made(spec, "time")) make_time_namespace(spec.linux);
}

void enter_namespaces(const oci::Spec& spec) {
  const bool entered = find_namespace(spec, "user") != nullptr;
  for (const NamespaceType& type : kTypes) {
    const oci::Namespace* ns = find_namespace(spec, type.name);
    if (ns == nullptr || type.flag == CLONE_NEWPID) continue;
    if (!ns->path.empty()) {
      if (!entered) join(ns->path, type.flag);
    } else if (type.flag == CLONE_NEWCGROUP) {
      check(::unshare(CLONE_NEWCGROUP), "make a cgroup namespace");
    }
  }
}

void join_namespaces_of(int init_pidfd, const oci::Spec& spec) {
  int flags = CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWNS;
  if (find_namespace(spec, "user") != nullptr) flags |= CLONE_NEWUSER;
  if (find_namespace(spec, "time") != nullptr) flags |= CLONE_NEWTIME;
  check(::setns(init_pidfd, flags), "join the container's namespaces");
}

void become_root_of_user_namespace(const oci::Spec& spec) {
  if (find_namespace(spec, "user") == nullptr) return;
  check(::setgroups(0, nullptr), "drop supplementary groups");
  check(::setresgid(0, 0, 0), "become group 0 of the user namespace");
  check(::setresuid(0, 0, 0), "become user 0 of the user namespace");
}

void set_up_loopback(const oci::Spec& spec) {
  const oci::Namespace* network = find_namespace(spec, "network");
  if (network == nullptr || !network->path.empty()) return;
  const Fd socket(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket"));
  ifreq request{};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  check(::ioctl(socket.get(), SIOCSIFFLAGS, &request), "set up lo");
}

}  // namespace mydock::runtime::init
