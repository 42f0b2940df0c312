#include "runtime/init/protect.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/root.h"
#include "runtime/init/mounts.h"
#include "runtime/init/namespaces.h"

namespace mydock::runtime::init {
namespace {

Fd clone_mount(const Fd& fd, unsigned recursive) {
  return Fd(check(
      ::open_tree(fd.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive),
      "clone a mount"));
}

Fd make_empty_directory() {
  const Fd context(check(::fsopen("tmpfs", FSOPEN_CLOEXEC), "open tmpfs"));
  for (const char* option : {"nr_blocks", "nr_inodes"}) {
    check(::fsconfig(context.get(), FSCONFIG_SET_STRING, option, "1", 0), "tmpfs {}", option);
  }
  check(::fsconfig(context.get(), FSCONFIG_SET_FLAG, "ro", nullptr, 0), "tmpfs ro");
  check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "create tmpfs");
  return Fd(
      check(::fsmount(context.get(), FSMOUNT_CLOEXEC,
                      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC),
            "mount tmpfs"));
}

Fd open_null(const Root& root) {
  Fd null = open_no_links(root.fd(), "dev/null", O_PATH | O_NOFOLLOW);
  check_device(null, 1, 3, "/dev/null");
  return null;
}

// The sources of all masks, made when first needed.
class Masks {
 public:
  explicit Masks(const Root& root) : root_(root) {}

  void cover(const Fd& target) {
    struct stat status {};
    check(::fstat(target.get(), &status), "stat");
    if (S_ISDIR(status.st_mode)) {
      cover_directory(target);
    } else {
      if (!null_) null_ = open_null(root_);
      attach(clone_mount(null_, 0), target);
    }
  }

 private:
  void cover_directory(const Fd& target) {
    if (empty_) {
      attach(clone_mount(empty_, 0), target);
      return;
    }
    // Before Linux 6.15 only a mount that is attached somewhere can be cloned.
    empty_ = make_empty_directory();
    attach(empty_, target);
  }

  const Root& root_;
  Fd null_;
  Fd empty_;
};

constexpr std::array<std::string_view, 8> kIpcSysctls{
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
    "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};

bool is_ipc_sysctl(std::string_view name) {
  return std::find(kIpcSysctls.begin(), kIpcSysctls.end(), name) != kIpcSysctls.end() ||
         name.starts_with("fs.mqueue.");
}

// "net.ipv4.conf.eth0/1.x" means net/ipv4/conf/eth0.1/x.
std::string sysctl_path(std::string name) {
  for (char& c : name) {
    if (c == '.') {
      c = '/';
    } else if (c == '/') {
      c = '.';
    }
  }
  return "sys/" + name;
}

void check_sysctl(const oci::Spec& spec, const std::string& name, const std::string& value) {
  if (value.find_first_of(std::string_view("\n\0", 2)) != std::string::npos ||
      name.find_first_of(std::string_view("\n\0", 2)) != std::string::npos) {
    fail(Kind::invalid, "sysctl \"{}\" holds a line break or a NUL byte", name);
  }
  const auto own = [&](std::string_view type) { return find_namespace(spec, type) != nullptr; };
  // Both spellings name one file.
  std::string dotted = sysctl_path(name).substr(4);
  std::replace(dotted.begin(), dotted.end(), '/', '.');
  if (is_ipc_sysctl(dotted) && own("ipc")) return;
  if (dotted.starts_with("net.") && own("network")) return;
  if (dotted == "kernel.domainname" && own("uts")) return;
  fail(Kind::invalid, "sysctl \"{}\" is not in a separate kernel namespace", name);
}

}  // namespace

void protect_paths(const std::vector<std::string>& readonly_paths) {
  const Root root = Root::open("/");
  for (const std::string& path : readonly_paths) {
    in_context("make " + path + " read-only", [&] {
      const std::optional<Fd> target = find_in_root(root.fd(), path, O_PATH);
      if (!target) return;
      const Fd copy = clone_mount(*target, AT_RECURSIVE);
      set_attributes(copy, {.set = MOUNT_ATTR_RDONLY, .clear = 0}, true);
      attach(copy, *target);
    });
  }
}

void mask_paths(const std::vector<std::string>& masked_paths) {
  const Root root = Root::open("/");
  Masks masks(root);
  for (const std::string& path : masked_paths) {
    in_context("mask " + path, [&] {
      if (const std::optional<Fd> target = find_in_root(root.fd(), path, O_PATH))
        masks.cover(*target);
    });
  }
}

void check_sysctls(const oci::Spec& spec) {
  for (const auto& [name, value] : spec.linux.sysctl) check_sysctl(spec, name, value);
}

void write_sysctls(const oci::Spec& spec, const PrivateProc& proc) {
  for (const auto& entry : spec.linux.sysctl) {
    in_context("sysctl " + entry.first,
               [&] { proc.write(sysctl_path(entry.first), entry.second); });
  }
}

void set_host_names(const oci::Spec& spec) {
  if (find_namespace(spec, "uts") == nullptr) return;
  if (!spec.hostname.empty()) {
    check(::sethostname(spec.hostname.data(), spec.hostname.size()), "set the host name");
  }
  if (!spec.domainname.empty()) {
    check(::setdomainname(spec.domainname.data(), spec.domainname.size()), "set the domain name");
  }
}

}  // namespace mydock::runtime::init
