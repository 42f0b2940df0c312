#include "runtime/init/mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/root.h"
#include "runtime/init/kernel_files.h"
#include "runtime/overlay.h"

namespace mydock::runtime::init {
namespace {

// Files below /proc that lxcfs and the like may replace.
constexpr std::array<std::string_view, 11> kReplaceableProcFiles{"/proc/cpuinfo",
                                                                 "/proc/diskstats",
                                                                 "/proc/meminfo",
                                                                 "/proc/stat",
                                                                 "/proc/swaps",
                                                                 "/proc/uptime",
                                                                 "/proc/loadavg",
                                                                 "/proc/slabinfo",
                                                                 "/proc/net/dev",
                                                                 "/proc/sys/kernel/ns_last_pid",
                                                                 "/proc/sys/crypto/fips_enabled"};

bool is_cgroup(const oci::Mount& mount) {
  return mount.type == "cgroup" || mount.type == "cgroup2";
}

// Where a link in the image would let it choose what these are mounted on.
bool is_kernel_directory(const oci::Mount& mount) {
  return mount.type == "proc" || mount.type == "sysfs" || mount.destination == "/dev" ||
         mount.destination == "/proc" || mount.destination == "/sys";
}

std::string clean_path(const std::string& path) {
  std::string clean = fs::path(path).lexically_normal();
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
  return clean;
}

Fd open_plain_directory(const Root& root, const std::string& destination) {
  Fd directory = root.fd().duplicate();
  for (const fs::path& part : fs::path(destination).relative_path()) {
    if (::mkdirat(directory.get(), part.c_str(), 0755) < 0 && errno != EEXIST) {
      fail_errno("make {}", destination);
    }
    const int next =
        ::openat(directory.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0 && (errno == ENOTDIR || errno == ELOOP)) {
      fail(Kind::forbidden, "{} in the image is not a directory", destination);
    }
    directory = Fd(check(next, "open {}", destination));
  }
  return directory;
}

Fd open_or_make_file(const Root& root, const std::string& destination) {
  const fs::path path(destination);
  root.make_directories(path.parent_path().string());
  // Anything but "there is nothing": the open below says what is wrong with it.
  if (!root.find(destination)) root.create_file(destination, 0644);
  return root.open(destination, O_PATH);
}

Fd open_target(const Root& root, const oci::Mount& mount, bool directory) {
  const std::string destination = clean_path(mount.destination);
  if (destination == "/") fail(Kind::invalid, "invalid mount: destination can't be '/'");
  if (is_kernel_directory(mount)) return open_plain_directory(root, destination);
  return directory ? root.make_directories(destination) : open_or_make_file(root, destination);
}

// A bind over procfs would let a volume decide what later writes to it reach.
void check_not_over_proc(const oci::Mount& mount, const Fd& target, const Fd& source) {
  const std::string destination = clean_path(mount.destination);
  if (destination == "/proc") {
    struct stat status {};
    check(::fstat(source.get(), &status), "stat {}", mount.source);
    constexpr ino_t kProcRoot = 1;
    if (mount.type == "proc" || (is_on_proc(source) && status.st_ino == kProcRoot)) return;
    fail(Kind::forbidden, "\"{}\" cannot be mounted on /proc because it is not of type proc",
         mount.source);
  }
  if (!is_on_proc(target)) return;
  const auto& allowed = kReplaceableProcFiles;
  if (std::find(allowed.begin(), allowed.end(), destination) != allowed.end()) return;
  fail(Kind::forbidden, "\"{}\" cannot be mounted because it is inside /proc", destination);
}

Fd clone_bind_source(const oci::Mount& mount, const MountOptions& options) {
  const unsigned recursive = options.bind_recursive ? AT_RECURSIVE : 0U;
  if (!options.subpath.empty()) {
    // Resolved inside the source: another container may be changing the tree at this moment.
    const Fd part = in_context("cannot access path " + options.subpath, [&] {
      return Root::open(mount.source).open(options.subpath, O_PATH);
    });
    return Fd(check(::open_tree(part.get(), "",
                                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive),
                    "open {} of {}", options.subpath, mount.source));
  }
  return Fd(check(
      ::open_tree(AT_FDCWD, mount.source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive),
      "open {}", mount.source));
}

bool is_directory(const Fd& fd) {
  struct stat status {};
  check(::fstat(fd.get(), &status), "stat");
  return S_ISDIR(status.st_mode);
}

void put_bind(const Root& root, const oci::Mount& mount, const Fd& tree) {
  const bool directory = is_directory(tree);
  const Fd target = open_target(root, mount, directory);
  if (is_directory(target) != directory) throw_errno(ENOTDIR, "attach");
  check_not_over_proc(mount, target, tree);
  attach(tree, target);
}

// As runc: a tmpfs over a directory of the image takes over its mode, unless one is asked for.
void keep_mode(const Fd& target, MountOptions& options) {
  const auto has_mode = [](const std::string& item) { return item.starts_with("mode="); };
  if (std::any_of(options.data.begin(), options.data.end(), has_mode)) return;
  struct stat status {};
  check(::fstat(target.get(), &status), "stat");
  options.data.push_back(fmt::format("mode={:04o}", status.st_mode & 07777U));
}

void mount_filesystem(const Root& root, const oci::Mount& mount, MountOptions options) {
  const bool existed = mount.type == "tmpfs" && root.find(mount.destination).has_value();
  const Fd target = open_target(root, mount, true);
  if (existed) keep_mode(target, options);
  const Fd made = make_filesystem(mount, options);
  check_not_over_proc(mount, target, made);
  set_propagation(made, options);
  attach(made, target);
}

void mount_one(const Child& child, const Root& root, std::size_t index) {
  const oci::Mount& mount = child.spec.mounts[index];
  const MountOptions options = parse_mount_options(mount.options);
  const Fd* made = child.detached == nullptr ? nullptr : child.detached->find(index);
  if (made != nullptr) {
    put_bind(root, mount, *made);
  } else if (is_cgroup(mount)) {
    mount_cgroups(child, mount, options, open_target(root, mount, true));
  } else if (options.bind || mount.type == "bind") {
    put_bind(root, mount, open_bind(mount, options));
  } else {
    mount_filesystem(root, mount, options);
  }
}

void set_parameters(const Fd& context, const oci::Mount& mount, const MountOptions& options) {
  const auto set = [&](unsigned command, const char* key, const char* value) {
    check(::fsconfig(context.get(), command, key, value, 0), "option \"{}\" of {}", key,
          mount.type);
  };
  if (!mount.source.empty()) set(FSCONFIG_SET_STRING, "source", mount.source.c_str());
  // One superblock may serve many mounts: there only the mount may be read-only.
  const bool shared =
      mount.type == "sysfs" || mount.type == "proc" || mount.type == "mqueue" || is_cgroup(mount);
  if (options.readonly() && !shared) set(FSCONFIG_SET_FLAG, "ro", nullptr);
  for (const std::string& flag : options.superblock_flags) {
    set(FSCONFIG_SET_FLAG, flag.c_str(), nullptr);
  }
  for (const std::string& item : options.data) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos) {
      set(FSCONFIG_SET_FLAG, item.c_str(), nullptr);
    } else {
      set(FSCONFIG_SET_STRING, item.substr(0, equals).c_str(), item.c_str() + equals + 1);
    }
  }
}

Fd make_plain(const oci::Mount& mount, const MountOptions& options) {
  const Fd context(check(::fsopen(mount.type.c_str(), FSOPEN_CLOEXEC),
                         "open file system type \"{}\"", mount.type));
  set_parameters(context, mount, options);
  check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "create {}",
        mount.type);
  const auto flags = static_cast<unsigned>(options.flags.set | options.recursive_flags.set);
  return Fd(check(::fsmount(context.get(), FSMOUNT_CLOEXEC, flags), "mount {}", mount.type));
}

constexpr std::string_view kLayer = "lowerdir+=";

bool is_layer(std::string_view option) { return option.starts_with(kLayer); }

// Before Linux 6.8 there is no lowerdir+, only all layers in one value of 255 bytes at most: so
// they are named by their descriptors.
Fd make_overlay(const oci::Mount& mount, MountOptions options) {
  std::vector<Fd> layers;
  std::vector<std::string> rest;
  for (const std::string& option : options.data) {
    if (is_layer(option)) {
      layers.push_back(open_file(option.substr(kLayer.size()), O_PATH | O_DIRECTORY));
    } else {
      rest.push_back(option);
    }
  }
  rest.push_back("lowerdir=" + descriptor_names(layers));
  options.data = std::move(rest);
  const Fd before = open_file(".", O_PATH | O_DIRECTORY);
  check(::chdir("/proc/self/fd"), "enter /proc/self/fd");
  Fd made = make_plain(mount, options);
  check(::fchdir(before.get()), "leave /proc/self/fd");
  return made;
}

}  // namespace

void mount_all(const Child& child, const Root& root) {
  for (std::size_t i = 0; i < child.spec.mounts.size(); ++i) {
    in_mount_context(child.spec.mounts[i], [&] { mount_one(child, root, i); });
  }
}

void in_mount_context(const oci::Mount& mount, const std::function<void()>& make) {
  const std::string source = mount.source.empty() ? mount.type : mount.source;
  in_context(fmt::format("error mounting \"{}\" to rootfs at \"{}\"", source, mount.destination),
             make);
}

Fd open_bind(const oci::Mount& mount, const MountOptions& options) {
  Fd tree = clone_bind_source(mount, options);
  set_attributes(tree, options.flags, false);
  set_attributes(tree, options.recursive_flags, true);
  set_propagation(tree, options);
  return tree;
}

Fd make_filesystem(const oci::Mount& mount, const MountOptions& options) {
  const bool layered =
      mount.type == "overlay" && std::any_of(options.data.begin(), options.data.end(), is_layer);
  return layered ? make_overlay(mount, options) : make_plain(mount, options);
}

void attach(const Fd& mount, const Fd& target) {
  check(::move_mount(mount.get(), "", target.get(), "",
                     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
        "attach");
}

void set_attributes(const Fd& mount, const MountOptions::Attributes& attributes, bool recursive) {
  if (attributes == MountOptions::Attributes{}) return;
  struct mount_attr attr {};
  attr.attr_set = attributes.set;
  attr.attr_clr = attributes.clear;
  const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
  check(::mount_setattr(mount.get(), "", flags, &attr, sizeof attr), "set mount attributes");
}

void set_propagation(const Fd& mount, const MountOptions& options) {
  if (options.propagation == 0) return;
  struct mount_attr attr {};
  attr.propagation = options.propagation;
  const unsigned flags = AT_EMPTY_PATH | (options.propagation_recursive ? AT_RECURSIVE : 0U);
  check(::mount_setattr(mount.get(), "", flags, &attr, sizeof attr), "set mount propagation");
}

}  // namespace mydock::runtime::init
