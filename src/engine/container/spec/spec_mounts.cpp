#include <algorithm>

#include "engine/container/spec/spec_builder.h"

namespace mydock::engine {

namespace {

oci::Mount mount(std::string destination, std::string type, std::string source,
                 std::vector<std::string> options) {
  return {.destination = std::move(destination),
          .type = std::move(type),
          .source = std::move(source),
          .options = std::move(options),
          .uid_mappings = {},
          .gid_mappings = {}};
}

void add_shared_memory(std::vector<oci::Mount>& list, const api::HostConfig& host) {
  if (host.ipc_mode == "none") return;
  if (host.ipc_mode == "host") {
    list.push_back(mount("/dev/shm", "bind", "/dev/shm", {"rbind", "rprivate"}));
    return;
  }
  list.push_back(
      mount("/dev/shm", "tmpfs", "shm",
            {"nosuid", "noexec", "nodev", "mode=1777", "size=" + std::to_string(host.shm_size)}));
}

std::vector<oci::Mount> default_mounts(const api::HostConfig& host) {
  const std::string sys_access = host.privileged ? "rw" : "ro";
  const std::string writable = security_option(host, "writable-cgroups");
  const bool cgroups_writable = host.privileged || writable == "true" || writable == "1";
  std::vector<oci::Mount> list;
  list.push_back(mount("/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}));
  list.push_back(
      mount("/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}));
  list.push_back(mount("/dev/pts", "devpts", "devpts",
                       {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}));
  list.push_back(mount("/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", sys_access}));
  list.push_back(mount("/sys/fs/cgroup", "cgroup", "cgroup",
                       {cgroups_writable ? "rw" : "ro", "nosuid", "noexec", "nodev"}));
  // With the host's IPC these are the host's queues, whether the host has them mounted or not.
  list.push_back(mount("/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}));
  add_shared_memory(list, host);
  return list;
}

std::vector<std::string> bind_options(const ContainerMount& m, const SpecInput& input) {
  std::vector<std::string> options{m.non_recursive ? "bind" : "rbind"};
  if (m.read_only) {
    const bool recursive =
        !m.read_only_non_recursive && !m.non_recursive && input.recursive_read_only;
    options.emplace_back(recursive ? "rro" : "ro");
  }
  options.push_back(m.propagation.empty() ? "rprivate" : m.propagation);
  return options;
}

// One layer needs no overlay, and could be none.
oci::Mount view_mount(const ContainerMount& m, const SpecInput& input) {
  const auto found = input.layers.find(m.source);
  if (found == input.layers.end() || found->second.empty()) {
    return mount(m.target, "tmpfs", "tmpfs", {"ro"});
  }
  const std::vector<std::string>& layers = found->second;
  if (layers.size() == 1)
    return mount(m.target, "bind", layers.front(), {"rbind", "ro", "rprivate"});
  std::vector<std::string> options{"ro", "nodev"};
  for (const std::string& layer : layers) options.push_back("lowerdir+=" + layer);
  return mount(m.target, "overlay", "overlay", std::move(options));
}

// A volume of the local driver that is mounted from elsewhere: inside the container, where it lives
// and dies with it.
oci::Mount device_mount(const ContainerMount& m, const SpecInput& input) {
  const auto& given = m.device_options;
  const auto has = [&](const char* name) {
    return std::find(given.begin(), given.end(), name) != given.end();
  };
  if (m.device_type == "none" || has("bind") || has("rbind")) {
    std::vector<std::string> options = bind_options(m, input);
    for (const std::string& option : given) {
      if (option != "bind" && option != "rbind") options.push_back(option);
    }
    return mount(m.target, "bind", m.device, std::move(options));
  }
  std::vector<std::string> options = given;
  if (m.read_only) options.emplace_back("ro");
  return mount(m.target, m.device_type, m.device, std::move(options));
}

oci::Mount container_mount(const ContainerMount& m, const SpecInput& input) {
  if (m.type == "image" || m.type == "container") return view_mount(m, input);
  if (m.type == "tmpfs") return mount(m.target, "tmpfs", "tmpfs", m.tmpfs_options);
  if (!m.device_type.empty()) return device_mount(m, input);
  std::vector<std::string> options = bind_options(m, input);
  if (!m.subpath.empty()) options.push_back("x-mydock.subpath=" + m.subpath);
  return mount(m.target, "bind", m.source, std::move(options));
}

std::vector<oci::Mount> etc_mounts(const SpecInput& input) {
  std::vector<oci::Mount> list;
  for (const char* name : {"resolv.conf", "hostname", "hosts"}) {
    std::vector<std::string> options{"rbind", "rprivate"};
    if (input.definition.host_config.readonly_rootfs) options.emplace_back("ro");
    list.push_back(mount(std::string("/etc/") + name, "bind", input.etc / name, options));
  }
  return list;
}

bool is_at_or_below(const std::string& path, const std::string& top) {
  return path == top || (path.starts_with(top) && path[top.size()] == '/');
}

// What a user mounts takes the place of the default at the same path; who mounts /dev gets nothing
// of ours in it.
void drop_hidden(std::vector<oci::Mount>& defaults, const std::vector<ContainerMount>& mounts) {
  std::erase_if(defaults, [&](const oci::Mount& ours) {
    return std::any_of(mounts.begin(), mounts.end(), [&](const ContainerMount& theirs) {
      if (theirs.target == "/dev" || theirs.target == "/sys") {
        return is_at_or_below(ours.destination, theirs.target);
      }
      return ours.destination == theirs.target;
    });
  });
}

}  // namespace

std::vector<oci::Mount> build_mounts(const SpecInput& input) {
  const std::vector<ContainerMount>& asked = input.definition.mounts;
  std::vector<oci::Mount> list = default_mounts(input.definition.host_config);
  std::vector<oci::Mount> etc = etc_mounts(input);
  std::move(etc.begin(), etc.end(), std::back_inserter(list));
  drop_hidden(list, asked);
  for (const ContainerMount& m : asked) list.push_back(container_mount(m, input));
  const auto depth = [](const oci::Mount& m) {
    return m.destination == "/" ? std::ptrdiff_t{0}
                                : std::count(m.destination.begin(), m.destination.end(), '/');
  };
  std::stable_sort(list.begin(), list.end(),
                   [&](const oci::Mount& a, const oci::Mount& b) { return depth(a) < depth(b); });
  return list;
}

}  // namespace mydock::engine
