#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "oci/runtime_spec.h"
#include "runtime/cgroup.h"
#include "runtime/init/channel.h"
#include "runtime/init/detached_mounts.h"
#include "runtime/task.h"

// The part of the runtime that runs in the cloned child, up to its execve.
namespace mydock::runtime::init {

struct Child {
  const oci::Spec& spec;        // the container's
  const oci::Process& process;  // the spec's own, or an exec's
  const TaskOptions& options;   // the container's
  const fs::path& bundle;       // root.path may be relative to it
  // Docker's user text (task.h); empty: process.user. For init options.user, for an exec its own.
  std::string_view user;
  // What a mount of type cgroup shows: the hierarchies where the container has a group of its own,
  // and the group's path below each of them.
  std::vector<CgroupHierarchy> cgroups;
  std::string cgroup_path;
  const DetachedMounts* detached = nullptr;
  int channel = -1;                      // SOCK_SEQPACKET, see channel.h
  std::array<int, 3> stdio{-1, -1, -1};  // pipes or /dev/null; unused with process.terminal
  std::vector<int> preserved_fds{};      // stay open for the program
  std::function<void()> join_cgroups{};  // first thing, if given: Cgroup::join_self
  // Runs the spec's hooks of that name ("createContainer", "startContainer"), if given.
  std::function<void(std::string_view name)> run_hooks{};
};

// For clone3: the new namespaces that the spec asks for, except cgroup: init unshares that one
// after "go", when it is in its groups. Errors: invalid (a type twice, an unknown type).
std::uint64_t clone_flags(const oci::Spec& spec);

// Lets the children of this process start in another pid namespace, for as long as it lives. The
// other namespaces that are given by path are joined by the child itself.
class ChildPidNamespace {
 public:
  // The spec's pid namespace by path; nothing happens if it has none.
  explicit ChildPidNamespace(const oci::Spec& spec);
  // That of a running container. Errors: system.
  explicit ChildPidNamespace(const Fd& init_pidfd);
  ChildPidNamespace(const ChildPidNamespace&) = delete;
  ChildPidNamespace& operator=(const ChildPidNamespace&) = delete;
  ~ChildPidNamespace();

 private:
  Fd own_;
};

// In the cloned child, whose only thread this is. Never returns, never throws: what failed goes to
// the channel, then the child exits. Descriptors from 3 on, but the channel and what is preserved,
// are not kept.
[[noreturn]] void run_init(const Child& child) noexcept;
// In a child for a running container, started under ChildPidNamespace(init_pidfd): joins the other
// namespaces of `init_pidfd`, applies `process` and executes. No gate.
[[noreturn]] void run_exec(const Child& child, int init_pidfd) noexcept;

}  // namespace mydock::runtime::init
