#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.h"
#include "runtime/cgroup/detect.h"
#include "runtime/cgroup/group.h"

namespace mydock::runtime {

void check_cgroup_path(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    fail(Kind::invalid, "invalid cgroup path {}: {}", json_quote(path), why);
  };
  if (path.find_first_not_of('/') == std::string_view::npos) refuse("it names no group");
  for (const auto& name : cgroup::split_words(path, '/')) {
    if (name == "." || name == "..") refuse("\"..\" and \".\" are not allowed");
    if (name.size() > 255) refuse("a component is too long");
    if (name.starts_with("cgroup.")) refuse("\"cgroup.\" is the kernel's own prefix");
    const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    });
    if (odd) refuse("control characters are not allowed");
  }
}

namespace cgroup {

namespace {

// A new v1 cpuset group is empty, and nothing can be attached until both are set on every level.
void inherit_cpuset(const Fd& parent, const Cgroup::Group& group) {
  for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
    if (!find_value(group.directory, file).value_or("").empty()) continue;
    write_value(group, file, find_value(parent, file).value_or("0"));
  }
}

Cgroup::Group open_group(const CgroupHierarchy& hierarchy, fs::path path) {
  Fd directory = open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  return {hierarchy, std::move(path), std::move(directory)};
}

// Controllers of a v2 group come from its parent's subtree_control, level by level.
void enable_controllers(const CgroupHost& host, const CgroupHierarchy& hierarchy,
                        const std::vector<fs::path>& parents,
                        const oci::LinuxResources& resources) {
  for (const auto& parent : parents) {
    const Cgroup::Group group = open_group(hierarchy, parent);
    const auto enabled =
        split_words(find_value(group.directory, "cgroup.subtree_control").value_or(""), ' ');
    const auto available =
        split_words(find_value(group.directory, "cgroup.controllers").value_or(""), ' ');
    for (const auto& controller : available) {
      const bool on = std::find(enabled.begin(), enabled.end(), controller) != enabled.end();
      if (on || !is_needed(host, controller, resources)) continue;
      // One at a time: a controller that cannot be had (realtime processes, threaded groups) must
      // not cost the others. A limit that needs it fails by name later.
      const Fd out =
          Fd(::openat(group.directory.get(), "cgroup.subtree_control", O_WRONLY | O_CLOEXEC));
      const std::string word = "+" + controller;
      if (!out || ::write(out.get(), word.data(), word.size()) < 0) continue;
    }
  }
}

void make_directory(const fs::path& path, bool last) {
  if (::mkdir(path.c_str(), 0755) == 0) return;
  if (errno != EEXIST) fail_errno("make cgroup {}", path.native());
  if (!last) return;
  // What an earlier container left: its limits and its frozen state must not be inherited.
  if (!remove_group(path)) {
    fail(Kind::conflict, "cgroup {} is in use by other processes", path.native());
  }
  check(::mkdir(path.c_str(), 0755), "make cgroup {}", path.native());
}

}  // namespace

bool is_needed(const CgroupHost& host, std::string_view controller,
               const oci::LinuxResources& resources) {
  constexpr std::array<std::string_view, 6> kAlways = {"memory", "cpu",   "cpuacct",
                                                       "pids",   "blkio", "io"};
  if (std::find(kAlways.begin(), kAlways.end(), controller) != kAlways.end()) return true;
  const bool pure_v2 = host.mode() == CgroupMode::unified;
  if (controller == "cpuset") {
    return pure_v2 ||
           (resources.cpu && !(resources.cpu->cpus.empty() && resources.cpu->mems.empty()));
  }
  if (controller == "hugetlb") return pure_v2 || !resources.hugepage_limits.empty();
  // The v2 core freezes, kills and filters devices better, and systemd tracks by it.
  if (controller == "devices" || controller == "freezer" || controller == "name=systemd") {
    return host.unified() == nullptr;
  }
  return false;
}

Cgroup::Group make_group(const CgroupHost& host, const CgroupHierarchy& hierarchy,
                         std::string_view path, const oci::LinuxResources& resources) {
  const auto names = split_words(path, '/');
  std::vector<fs::path> parents{hierarchy.mountpoint};
  for (std::size_t i = 0; i + 1 < names.size(); ++i) parents.push_back(parents.back() / names[i]);
  const fs::path leaf = parents.back() / names.back();
  const bool cpuset = std::find(hierarchy.controllers.begin(), hierarchy.controllers.end(),
                                "cpuset") != hierarchy.controllers.end();
  for (std::size_t i = 1; i < parents.size(); ++i) make_directory(parents[i], false);
  if (hierarchy.v2) enable_controllers(host, hierarchy, parents, resources);
  make_directory(leaf, true);
  Cgroup::Group group = open_group(hierarchy, leaf);
  if (cpuset && !hierarchy.v2) {
    for (std::size_t i = 1; i < parents.size(); ++i) {
      inherit_cpuset(open_file(parents[i - 1], O_RDONLY | O_DIRECTORY),
                     open_group(hierarchy, parents[i]));
    }
    inherit_cpuset(open_file(parents.back(), O_RDONLY | O_DIRECTORY), group);
  }
  return group;
}

bool remove_group(const fs::path& path) {
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return true;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
  if (!directory) return errno == ENOENT;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
    if (!remove_group(path / name)) return false;
  }
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT;
}

}  // namespace cgroup
}  // namespace mydock::runtime
