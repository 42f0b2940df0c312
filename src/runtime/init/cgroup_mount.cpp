#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "runtime/init/mounts.h"
#include "runtime/init/namespaces.h"

namespace mydock::runtime::init {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

// Naming its controllers is how mount(8) asks for a v1 hierarchy that exists already.
Fd make_v1(const CgroupHierarchy& hierarchy, const MountOptions& options) {
  MountOptions own = options;
  own.data = hierarchy.controllers;
  if (hierarchy.controllers.size() == 1 && hierarchy.controllers[0].starts_with("name=")) {
    own.data.insert(own.data.begin(), "none");
  }
  return make_filesystem({.destination = {},
                          .type = "cgroup",
                          .source = "cgroup",
                          .options = {},
                          .uid_mappings = {},
                          .gid_mappings = {}},
                         own);
}

// In the host's cgroup namespace a new mount would show all groups of the machine.
Fd clone_group(const Child& child, const CgroupHierarchy& hierarchy, const MountOptions& options) {
  fs::path group = hierarchy.mountpoint;
  group += "/" + child.cgroup_path;
  Fd tree(check(::open_tree(AT_FDCWD, group.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
                "open {}", group.string()));
  set_attributes(tree, options.flags, false);
  return tree;
}

Fd make_hierarchy(const Child& child, const CgroupHierarchy& hierarchy,
                  const MountOptions& options) {
  if (find_namespace(child.spec, "cgroup") == nullptr) {
    return clone_group(child, hierarchy, options);
  }
  if (!hierarchy.v2) return make_v1(hierarchy, options);
  MountOptions own = options;
  own.data.clear();
  return make_filesystem({.destination = {},
                          .type = "cgroup2",
                          .source = "cgroup",
                          .options = {},
                          .uid_mappings = {},
                          .gid_mappings = {}},
                         own);
}

Fd make_directory_at(const Fd& parent, const std::string& name) {
  check(::mkdirat(parent.get(), name.c_str(), 0755), "make directory {}", name);
  return Fd(
      check(::openat(parent.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
            "open {}", name));
}

// "cpu" and "cpuacct" beside "cpu,cpuacct".
void link_controllers(const Fd& parent, const CgroupHierarchy& hierarchy, const std::string& name) {
  for (const std::string& controller : hierarchy.controllers) {
    if (controller == name || controller.starts_with("name=")) continue;
    check(::symlinkat(name.c_str(), parent.get(), controller.c_str()), "link {}", controller);
  }
}

// As the host's /sys/fs/cgroup looks: a small tmpfs of mount points, read-only in the end.
void mount_v1_tree(const Child& child, const MountOptions& options, const Fd& target) {
  MountOptions tmpfs = options;
  tmpfs.data = {"mode=755", "size=64k"};
  tmpfs.flags.set &= ~static_cast<std::uint64_t>(MOUNT_ATTR_RDONLY);
  const Fd top = make_filesystem({.destination = {},
                                  .type = "tmpfs",
                                  .source = "tmpfs",
                                  .options = {},
                                  .uid_mappings = {},
                                  .gid_mappings = {}},
                                 tmpfs);
  attach(top, target);
  for (const CgroupHierarchy& hierarchy : child.cgroups) {
    const std::string name = hierarchy.v2 ? "unified" : hierarchy.mountpoint.filename().string();
    const Fd point = make_directory_at(top, name);
    in_context(fmt::format("cgroup hierarchy \"{}\"", joined(hierarchy.controllers)),
               [&] { attach(make_hierarchy(child, hierarchy, options), point); });
    if (!hierarchy.v2) link_controllers(top, hierarchy, name);
  }
  if (options.readonly()) set_attributes(top, {.set = MOUNT_ATTR_RDONLY, .clear = 0}, false);
}

}  // namespace

void mount_cgroups(const Child& child, const oci::Mount& mount, const MountOptions& options,
                   const Fd& target) {
  const bool v1 = std::any_of(child.cgroups.begin(), child.cgroups.end(),
                              [](const CgroupHierarchy& hierarchy) { return !hierarchy.v2; });
  if (mount.type == "cgroup" && (v1 || child.cgroups.empty())) {
    mount_v1_tree(child, options, target);
    return;
  }
  const auto unified = std::find_if(child.cgroups.begin(), child.cgroups.end(),
                                    [](const CgroupHierarchy& hierarchy) { return hierarchy.v2; });
  if (unified == child.cgroups.end()) fail(Kind::unavailable, "this machine has no cgroup2 tree");
  attach(make_hierarchy(child, *unified, options), target);
}

}  // namespace mydock::runtime::init
