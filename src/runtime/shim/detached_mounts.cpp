#include "runtime/shim/detached_mounts.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/process.h"
#include "runtime/capabilities.h"
#include "runtime/init/channel.h"
#include "runtime/init/devices.h"
#include "runtime/init/kernel_files.h"
#include "runtime/init/mounts.h"
#include "runtime/init/namespaces.h"
#include "runtime/init/rootfs.h"
#include "runtime/shim/spawn.h"

namespace mydock::runtime::shim {

namespace {

void reap(const Spawned& child) {
  while (::waitpid(child.pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

// The descriptor that `make` returns in a process of its own, which may enter other namespaces.
Fd make_elsewhere(std::uint64_t namespaces, const std::function<Fd()>& make) {
  const Spawned child = spawn(namespaces, -1, [&](int channel) {
    try {
      const Fd made = make();
      init::send_message(channel, {.op = "made"}, made.get());
    } catch (const Error& error) {
      init::send_message(channel, init::to_message(error));
    }
    ::_exit(0);
  });
  auto packet = init::receive_message(child.channel.get());
  reap(child);
  if (packet && packet->message.op == "error") throw init::to_error(packet->message);
  if (!packet || !packet->fd) fail(Kind::system, "a process that makes a mount died");
  return std::move(packet->fd);
}

bool is_idmapped(const oci::Mount& mount, const init::MountOptions& options) {
  return options.idmap || !mount.uid_mappings.empty() || !mount.gid_mappings.empty();
}

Fd namespace_for(const oci::Spec& spec, const oci::Mount& mount) {
  if (!mount.uid_mappings.empty() || !mount.gid_mappings.empty()) {
    return make_user_namespace(mount.uid_mappings, mount.gid_mappings);
  }
  const oci::Namespace* user = init::find_namespace(spec, "user");
  if (user == nullptr) {
    fail(Kind::invalid, "an id-mapped mount needs mappings, or a user namespace");
  }
  if (!user->path.empty()) return open_file(user->path, O_RDONLY);
  return make_user_namespace(spec.linux.uid_mappings, spec.linux.gid_mappings);
}

void map_ids(const Fd& tree, const Fd& user_namespace, bool recursive) {
  struct mount_attr attr {};
  attr.attr_set = MOUNT_ATTR_IDMAP;
  attr.userns_fd = static_cast<__u64>(user_namespace.get());
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
  check(::mount_setattr(tree.get(), "", flags, &attr, sizeof attr), "map the ids of the mount");
}

// In the donor's mount namespace, where its path means what the donor's processes see. Only a tmpfs
// is handed on: what a privileged donor may have put in its place is its own.
Fd clone_shared_memory(const Fd& donor) {
  check(::setns(donor.get(), CLONE_NEWNS), "join the mount namespace of the other container");
  const Fd root = open_file("/", O_PATH | O_DIRECTORY);
  const Fd memory = init::open_no_links(root, "dev/shm", O_PATH | O_DIRECTORY);
  struct statfs status {};
  check(::fstatfs(memory.get(), &status), "statfs /dev/shm");
  if (status.f_type != TMPFS_MAGIC) {
    fail(Kind::forbidden, "/dev/shm of the other container is not a tmpfs");
  }
  return Fd(
      check(::open_tree(memory.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH),
            "clone /dev/shm of the other container"));
}

Fd shared_memory_of(const TaskOptions::Donor& donor) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, donor.pid, 0)));
  // Looked at after the open: what the descriptor names cannot change any more.
  if (!pidfd || process_start_time(donor.pid) != donor.start_time) {
    fail(Kind::conflict, "cannot join IPC of a non running container");
  }
  return make_elsewhere(0, [&] { return clone_shared_memory(pidfd); });
}

bool is_shared_memory(const oci::Mount& mount) {
  return mount.destination == "/dev/shm" && mount.type == "tmpfs" && mount.source == "shm";
}

std::uint32_t mapped(const std::vector<oci::IdMapping>& mappings, std::uint32_t id) {
  for (const oci::IdMapping& map : mappings) {
    if (id >= map.container_id && id - map.container_id < map.size) {
      return map.host_id + (id - map.container_id);
    }
  }
  return id;
}

// A node on a tmpfs of the host's user namespace: on one of the container's own no device works.
Fd make_device(const oci::Spec& spec, const oci::Device& device, const fs::path& bundle) {
  const Fd memory = init::make_filesystem({.destination = {},
                                           .type = "tmpfs",
                                           .source = "tmpfs",
                                           .options = {},
                                           .uid_mappings = {},
                                           .gid_mappings = {}},
                                          init::parse_mount_options({"mode=755", "size=64k"}));
  // Before Linux 6.15 only a mount that is attached somewhere can be cloned.
  check(::mount(nullptr, "/", nullptr, MS_PRIVATE | MS_REC, nullptr), "leave mount propagation");
  init::attach(memory, open_file(bundle, O_PATH | O_DIRECTORY));
  const auto number = static_cast<dev_t>(
      makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor)));
  const mode_t mode = init::device_mode(device);
  check(::mknodat(memory.get(), "node", mode, number), "make device {}", device.path);
  check(::fchownat(memory.get(), "node", mapped(spec.linux.uid_mappings, device.uid.value_or(0)),
                   mapped(spec.linux.gid_mappings, device.gid.value_or(0)), AT_SYMLINK_NOFOLLOW),
        "chown {}", device.path);
  check(::fchmodat(memory.get(), "node", mode & 07777U, 0), "chmod {}", device.path);
  return Fd(check(::open_tree(memory.get(), "node", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
                  "clone {}", device.path));
}

Fd make_root(const oci::Spec& spec, const TaskOptions& options, const fs::path& bundle) {
  if (!init::has_overlay(options)) return init::clone_root(spec, bundle);
  return make_elsewhere(CLONE_NEWNS,
                        [&] { return init::make_overlay_root(spec, options, bundle); });
}

}  // namespace

Fd make_user_namespace(const std::vector<oci::IdMapping>& uids,
                       const std::vector<oci::IdMapping>& gids) {
  const Spawned child = spawn(CLONE_NEWUSER, -1, [](int channel) {
    char end = 0;
    while (::read(channel, &end, 1) < 0 && errno == EINTR) continue;
    ::_exit(0);
  });
  try {
    write_id_maps(child.pid, uids, gids);
    Fd made = open_file(fmt::format("/proc/{}/ns/user", child.pid), O_RDONLY);
    ::kill(child.pid, SIGKILL);
    reap(child);
    return made;
  } catch (const Error&) {
    ::kill(child.pid, SIGKILL);
    reap(child);
    throw;
  }
}

init::DetachedMounts make_detached_mounts(const oci::Spec& spec, const TaskOptions& options,
                                          const fs::path& bundle) {
  init::DetachedMounts made;
  const bool user = init::find_namespace(spec, "user") != nullptr;
  if (user) {
    made.root = make_root(spec, options, bundle);
    // Without that right init binds the host's nodes.
    const bool may_make = (own_bounding_set() >> CAP_MKNOD & 1U) != 0;
    for (std::size_t i = 0; may_make && i < spec.linux.devices.size(); ++i) {
      made.devices.emplace(i, make_elsewhere(CLONE_NEWNS, [&] {
                             return make_device(spec, spec.linux.devices[i], bundle);
                           }));
    }
  }
  for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
    const oci::Mount& mount = spec.mounts[i];
    const init::MountOptions parsed = init::parse_mount_options(mount.options);
    const bool bind = parsed.bind || mount.type == "bind";
    const bool mapped = is_idmapped(mount, parsed);
    const bool donated = options.shared_memory && is_shared_memory(mount);
    if (!mapped && !donated && !(bind && user)) continue;
    init::in_mount_context(mount, [&] {
      if (donated) {
        made.at.emplace(i, shared_memory_of(*options.shared_memory));
        return;
      }
      if (!bind) fail(Kind::not_implemented, "only bind mounts can be id-mapped");
      Fd tree = init::open_bind(mount, parsed);
      if (mapped) map_ids(tree, namespace_for(spec, mount), parsed.idmap_recursive);
      made.at.emplace(i, std::move(tree));
    });
  }
  return made;
}

}  // namespace mydock::runtime::shim
