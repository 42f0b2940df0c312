#include "runtime/init/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "runtime/init/namespaces.h"
#include "runtime/overlay.h"

namespace mydock::runtime::init {
namespace {

struct Propagation {
  std::string_view name;
  unsigned long flags;
};
constexpr std::array kPropagations{
    Propagation{"", MS_SLAVE | MS_REC},
    Propagation{"private", MS_PRIVATE},
    Propagation{"rprivate", MS_PRIVATE | MS_REC},
    Propagation{"slave", MS_SLAVE},
    Propagation{"rslave", MS_SLAVE | MS_REC},
    Propagation{"shared", MS_SHARED},
    Propagation{"rshared", MS_SHARED | MS_REC},
    Propagation{"unbindable", MS_UNBINDABLE},
    Propagation{"runbindable", MS_UNBINDABLE | MS_REC},
};

unsigned long propagation_flags(const std::string& name) {
  for (const Propagation& propagation : kPropagations) {
    if (propagation.name == name) return propagation.flags;
  }
  fail(Kind::invalid, "unknown rootfsPropagation \"{}\"", name);
}

bool keeps_sharing(unsigned long flags) { return (flags & MS_SHARED) != 0; }

void set_propagation(const char* path, unsigned long flags) {
  check(::mount(nullptr, path, nullptr, flags, nullptr), "set the mount propagation of {}", path);
}

// pivot_root(2) refuses a root whose parent mount is shared, and what is mounted on a shared mount
// shows up in the other namespaces. Only a mount's own top directory can be made private.
void make_parent_mount_private(fs::path path) {
  for (;; path = path.parent_path()) {
    if (::mount(nullptr, path.c_str(), nullptr, MS_PRIVATE, nullptr) == 0) return;
    if (errno != EINVAL || path == path.parent_path()) {
      fail_errno("make the mount that holds the root file system private");
    }
  }
}

void mount_root_overlay(const TaskOptions::Overlay& overlay, const fs::path& target) {
  mount_overlay({.lower = overlay.lower, .upper = overlay.upper, .work = overlay.work}, target, 0);
}

Fd clone_tree(const fs::path& path, unsigned recursive) {
  return Fd(
      check(::open_tree(AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive),
            "clone the mount of {}", path.string()));
}

void bind_on_itself(const fs::path& path) {
  const Fd tree = clone_tree(path, AT_RECURSIVE);
  check(::move_mount(tree.get(), "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH),
        "mount {} on itself", path.string());
}

fs::path find_root_path(const oci::Spec& spec, const fs::path& bundle, bool overlay) {
  const fs::path path = fs::path(spec.root.path).is_absolute()
                            ? fs::path(spec.root.path)
                            : fs::absolute(bundle) / spec.root.path;
  if (overlay) make_directories(path, 0700);
  return fs::canonical(path);
}

Root open_private(const Fd& mount) {
  struct mount_attr attr {};
  attr.propagation = MS_PRIVATE;
  check(::mount_setattr(mount.get(), "", AT_EMPTY_PATH, &attr, sizeof attr),
        "make the root file system private");
  return Root(mount.duplicate());
}

}  // namespace

bool has_overlay(const TaskOptions& options) {
  return options.overlay && !options.overlay->lower.empty();
}

Fd make_overlay_root(const oci::Spec& spec, const TaskOptions& options, const fs::path& bundle) {
  set_propagation("/", MS_PRIVATE | MS_REC);
  const fs::path path = find_root_path(spec, bundle, true);
  mount_root_overlay(*options.overlay, path);
  return clone_tree(path, 0);
}

Fd clone_root(const oci::Spec& spec, const fs::path& bundle) {
  Fd tree = clone_tree(find_root_path(spec, bundle, false), AT_RECURSIVE);
  const unsigned long asked = propagation_flags(spec.linux.rootfs_propagation);
  if (keeps_sharing(asked)) return tree;
  struct mount_attr attr {};
  attr.propagation = (asked & MS_SLAVE) != 0 ? MS_SLAVE : MS_PRIVATE;
  check(::mount_setattr(tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr),
        "set the propagation of the root file system");
  return tree;
}

Root attach_rootfs(const oci::Spec& spec, const Fd& mount) {
  set_propagation("/", propagation_flags(spec.linux.rootfs_propagation) | MS_REC);
  set_propagation("/", MS_PRIVATE);
  // Over the root itself: no other directory is sure to be one that we may reach. Paths that start
  // at "/" still lead to what lies below.
  check(::move_mount(mount.get(), "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH),
        "attach the root file system");
  return open_private(mount);
}

Root mount_rootfs(const oci::Spec& spec, const TaskOptions& options, const fs::path& bundle) {
  set_propagation("/", propagation_flags(spec.linux.rootfs_propagation) | MS_REC);
  const bool overlay = has_overlay(options);
  const fs::path path = find_root_path(spec, bundle, overlay);
  make_parent_mount_private(path.parent_path());
  if (overlay) {
    mount_root_overlay(*options.overlay, path);
  } else {
    bind_on_itself(path);
  }
  return open_private(open_file(path, O_PATH | O_DIRECTORY));
}

void pivot_to(const Root& root) {
  const Fd old_root = open_file("/", O_PATH | O_DIRECTORY);
  check(::fchdir(root.fd().get()), "enter the root file system");
  check(::syscall(SYS_pivot_root, ".", "."), "pivot_root");
  // It lies over the new root now. What is unmounted there must not be unmounted on the host.
  check(::fchdir(old_root.get()), "enter the old root file system");
  set_propagation(".", MS_SLAVE | MS_REC);
  check(::umount2(".", MNT_DETACH), "detach the old root file system");
  check(::chdir("/"), "enter the new root file system");
}

void finish_rootfs(const oci::Spec& spec) {
  const unsigned long propagation = propagation_flags(spec.linux.rootfs_propagation);
  if (keeps_sharing(propagation) || (propagation & MS_UNBINDABLE) != 0) {
    set_propagation("/", propagation);
  }
  if (!spec.root.readonly) return;
  struct mount_attr attr {};
  attr.attr_set = MOUNT_ATTR_RDONLY;
  check(::mount_setattr(AT_FDCWD, "/", 0, &attr, sizeof attr), "make the root read-only");
}

}  // namespace mydock::runtime::init
