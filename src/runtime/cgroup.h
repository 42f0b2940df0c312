#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/stop.h"
#include "oci/runtime_spec.h"

namespace mydock::runtime {

enum class CgroupMode { unified, hybrid, legacy };

// One hierarchy that this machine has mounted. A v1 hierarchy carries its own controllers (or none
// but a name); the v2 tree carries what its root's cgroup.controllers lists.
struct CgroupHierarchy {
  std::vector<std::string> controllers;  // "memory"; {"cpu", "cpuacct"}; {"name=systemd"}
  fs::path mountpoint;
  std::string root;  // the group that is mounted there: "/" unless we are in a container ourselves
  bool v2 = false;
  bool operator==(const CgroupHierarchy&) const = default;
};

// Which hierarchy serves which controller here: v2 where the controller is there, else v1.
struct CgroupHost {
  std::vector<CgroupHierarchy> hierarchies;

  static CgroupHost detect();  // reads /proc/self/mountinfo and the v2 root's cgroup.controllers
  CgroupMode mode() const;
  const CgroupHierarchy* unified() const;                          // nullptr: no v2 tree
  const CgroupHierarchy* find(std::string_view controller) const;  // nullptr: not on this machine
};

// The groups of one container, all at one path below each hierarchy that it needs. Holds
// descriptors, does not remove anything when destroyed.
class Cgroup {
 public:
  struct Group;

  // Makes the groups and their parents, and sets limits and device rules. Path: relative to the
  // hierarchy's root, as linux.cgroupsPath
  // ("/mydock/ab12"). A failure removes what it made. Errors: invalid (path), conflict (there are
  // processes in it already), system.
  enum class Devices { now, later };
  static Cgroup create(const CgroupHost& host, std::string_view path,
                       const oci::LinuxResources& resources, Devices devices = Devices::now);
  // What Devices::later left undone: loading the rules into the kernel takes most of a millisecond,
  // in which an init that waits at a gate can prepare the rest. Errors: unavailable, system.
  void restrict_devices(const std::vector<oci::DeviceRule>& rules) const;
  // Those of an existing container; hierarchies where it has no group are left out.
  static Cgroup open(const CgroupHost& host, std::string_view path);

  Cgroup(Cgroup&&) noexcept;
  Cgroup& operator=(Cgroup&&) noexcept;
  ~Cgroup();

  const std::string& path() const { return path_; }
  bool exists() const;  // it has a group in some hierarchy
  // Hierarchies where the container has a group of its own: only these may be shown to it.
  std::vector<CgroupHierarchy> hierarchies() const;
  const std::vector<Group>& groups() const { return groups_; }
  // For CLONE_INTO_CGROUP; -1 without a v2 tree.
  int unified_fd() const;
  // Moves a process in; `unified` false: it was cloned into the v2 group already.
  void join(pid_t pid, bool unified = true) const;
  // Moves the calling process, which has one thread, into the v1 groups. Of these two calls the
  // quick one: another's pid makes the kernel wait for every CPU (an RCU grace period, 5 to 15 ms).
  void join_self() const;
  // Sets what `resources` names; the rest stays. See 04-engine.md for the conversions.
  // Errors: invalid (a limit that this machine's kernel refuses), system.
  void apply(const oci::LinuxResources& resources);
  // The same for a running container: joins v1 hierarchies that it had no need of before.
  void update(const CgroupHost& host, const oci::LinuxResources& resources);
  // Blocks (at most two seconds) until the kernel says so.
  void set_frozen(bool frozen) const;
  bool frozen() const;
  void signal_all(int number) const;  // SIGKILL reaches frozen and forking processes too
  std::vector<pid_t> pids() const;    // with sub-groups
  // Kills what is left and removes the groups, also sub-groups. Errors: system (after `deadline`).
  void remove(Deadline deadline) const;

  // How many processes the kernel has killed for want of memory.
  std::uint64_t oom_kills() const;
  // Readable (v1: POLLIN after an eventfd read; v2: inotify) when oom_kills() may have changed; no
  // value: nothing to watch. The caller reads it empty.
  Fd watch_oom() const;

 private:
  Cgroup(std::string path, std::vector<Group> groups);
  const Group* find(std::string_view controller) const;
  const Group* unified() const;

  std::string path_;
  std::vector<Group> groups_;
};

// Throws invalid unless every component is a plain name: no "..", no NUL, not a file of cgroupfs.
void check_cgroup_path(std::string_view path);
// Removes a parent group such as "/mydock" in every hierarchy where it is empty. Never throws.
void remove_cgroup_parent(const CgroupHost& host, std::string_view path) noexcept;

}  // namespace mydock::runtime
