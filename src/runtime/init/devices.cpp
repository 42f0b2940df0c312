#include "runtime/init/devices.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "runtime/init/kernel_files.h"
#include "runtime/init/mount_options.h"
#include "runtime/init/mounts.h"

namespace mydock::runtime::init {
namespace {

constexpr mode_t kDefaultMode = 0666;

struct DefaultDevice {
  const char* path;
  int major;
  int minor;
};
constexpr std::array kDefaultDevices{
    DefaultDevice{"/dev/null", 1, 3},    DefaultDevice{"/dev/zero", 1, 5},
    DefaultDevice{"/dev/full", 1, 7},    DefaultDevice{"/dev/random", 1, 8},
    DefaultDevice{"/dev/urandom", 1, 9}, DefaultDevice{"/dev/tty", 5, 0},
};

struct Link {
  const char* name;
  const char* target;
};
constexpr std::array kLinks{
    Link{"fd", "/proc/self/fd"},       Link{"stdin", "/proc/self/fd/0"},
    Link{"stdout", "/proc/self/fd/1"}, Link{"stderr", "/proc/self/fd/2"},
    Link{"core", "/proc/kcore"},       Link{"ptmx", "pts/ptmx"},
};

bool is_dev_bind(const oci::Mount& mount) {
  return fs::path(mount.destination).lexically_normal() == "/dev" &&
         (mount.type == "bind" || parse_mount_options(mount.options).bind);
}

mode_t type_bits(const oci::Device& device) {
  if (device.type == "c" || device.type == "u") return S_IFCHR;
  if (device.type == "b") return S_IFBLK;
  if (device.type == "p") return S_IFIFO;
  fail(Kind::invalid, "device {}: unknown type \"{}\"", device.path, device.type);
}

void check_same(const Root::Place& place, const oci::Device& device, dev_t number) {
  struct stat status {};
  check(::fstatat(place.parent.get(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW), "stat {}",
        device.path);
  const bool same = (status.st_mode & S_IFMT) == type_bits(device) &&
                    (S_ISFIFO(status.st_mode) || status.st_rdev == number);
  if (!same)
    fail(Kind::forbidden, "{} exists in the container and is not that device", device.path);
}

void bind_device(const Root::Place& place, const oci::Device& device, const Fd& tree) {
  const Fd file(check(::openat(place.parent.get(), place.name.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600),
                      "create {}", device.path));
  attach(tree, file);
}

// In a user namespace mknod is refused; the host's node serves as well.
void bind_host_device(const Root::Place& place, const oci::Device& device) {
  const Fd tree(
      check(::open_tree(AT_FDCWD, device.path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
            "open the host's {}", device.path));
  if (type_bits(device) == S_IFCHR) {
    check_device(tree, static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor),
                 device.path);
  }
  bind_device(place, device, tree);
}

void make_device(const Root& root, const oci::Device& device, const Fd* made = nullptr) {
  root.make_directories(fs::path(device.path).parent_path().string());
  const Root::Place place = root.locate(device.path);
  if (made != nullptr && !root.find(device.path)) return bind_device(place, device, *made);
  const dev_t number =
      makedev(static_cast<unsigned>(device.major), static_cast<unsigned>(device.minor));
  if (::mknodat(place.parent.get(), place.name.c_str(), device_mode(device), number) < 0) {
    if (errno == EEXIST) return check_same(place, device, number);
    if (errno == EPERM) return bind_host_device(place, device);
    fail_errno("make device {}", device.path);
  }
  check(::fchownat(place.parent.get(), place.name.c_str(), device.uid.value_or(0),
                   device.gid.value_or(0), AT_SYMLINK_NOFOLLOW),
        "chown {}", device.path);
}

void make_link(const Fd& dev, const Link& link) {
  if (::symlinkat(link.target, dev.get(), link.name) == 0) return;
  if (errno != EEXIST) fail_errno("make /dev/{}", link.name);
  // Left by the image in a /dev that is no fresh tmpfs, or a device of the spec.
  if (std::string_view(link.name) != "ptmx") return;
  check(::unlinkat(dev.get(), link.name, 0), "remove /dev/{}", link.name);
  check(::symlinkat(link.target, dev.get(), link.name), "make /dev/{}", link.name);
}

bool lists(const oci::Spec& spec, std::string_view path) {
  const auto& devices = spec.linux.devices;
  return std::any_of(devices.begin(), devices.end(),
                     [&](const oci::Device& device) { return device.path == path; });
}

}  // namespace

mode_t device_mode(const oci::Device& device) {
  return type_bits(device) | (device.file_mode.value_or(kDefaultMode) & 07777U);
}

void make_devices(const oci::Spec& spec, const Root& root, const DetachedMounts* made) {
  if (std::any_of(spec.mounts.begin(), spec.mounts.end(), is_dev_bind)) return;
  root.make_directories("/dev");
  const Fd dev = open_no_links(root.fd(), "dev", O_PATH | O_DIRECTORY);
  for (const DefaultDevice& device : kDefaultDevices) {
    if (lists(spec, device.path)) continue;
    oci::Device node;
    node.path = device.path;
    node.type = "c";
    node.major = device.major;
    node.minor = device.minor;
    make_device(root, node);
  }
  for (std::size_t i = 0; i < spec.linux.devices.size(); ++i) {
    const bool is_made = made != nullptr && made->devices.contains(i);
    make_device(root, spec.linux.devices[i], is_made ? &made->devices.at(i) : nullptr);
  }
  for (const Link& link : kLinks) make_link(dev, link);
}

}  // namespace mydock::runtime::init
