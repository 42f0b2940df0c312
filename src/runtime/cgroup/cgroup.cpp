#include "runtime/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "runtime/cgroup/detect.h"
#include "runtime/cgroup/device_rules.h"
#include "runtime/cgroup/group.h"

namespace mydock::runtime {

using namespace cgroup;

namespace {

constexpr int kKillRounds = 200;

void pause_ms(long milliseconds) {
  const timespec pause{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::nanosleep(&pause, nullptr);
}

void collect_pids(const Fd& directory, std::vector<pid_t>& pids) {
  for (const auto& line : split_words(find_value(directory, "cgroup.procs").value_or(""), '\n')) {
    pid_t pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    if (pid > 0) pids.push_back(pid);
  }
  const int copy = ::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(copy), &::closedir);
  if (!entries) return;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    const Fd child(::openat(directory.get(), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (child) collect_pids(child, pids);
  }
}

}  // namespace

bool Cgroup::Group::serves(std::string_view controller) const {
  const auto& names = hierarchy.controllers;
  return std::find(names.begin(), names.end(), controller) != names.end();
}

Cgroup::Cgroup(std::string path, std::vector<Group> groups)
    : path_(std::move(path)), groups_(std::move(groups)) {}
Cgroup::Cgroup(Cgroup&&) noexcept = default;
Cgroup& Cgroup::operator=(Cgroup&&) noexcept = default;
Cgroup::~Cgroup() = default;

Cgroup Cgroup::create(const CgroupHost& host, std::string_view path,
                      const oci::LinuxResources& resources, Devices devices) {
  check_cgroup_path(path);
  Cgroup made{std::string(path), {}};
  try {
    for (const auto& hierarchy : host.hierarchies) {
      const bool wanted =
          hierarchy.v2 ||
          std::any_of(hierarchy.controllers.begin(), hierarchy.controllers.end(),
                      [&](const std::string& name) { return is_needed(host, name, resources); });
      if (wanted) made.groups_.push_back(make_group(host, hierarchy, path, resources));
    }
    made.apply(resources);
    if (devices == Devices::now) made.restrict_devices(resources.devices);
  } catch (...) {
    for (const auto& group : made.groups_) remove_group(group.path);
    throw;
  }
  return made;
}

Cgroup Cgroup::open(const CgroupHost& host, std::string_view path) {
  check_cgroup_path(path);
  std::vector<Group> groups;
  for (const auto& hierarchy : host.hierarchies) {
    fs::path directory = hierarchy.mountpoint;
    for (const auto& name : split_words(path, '/')) directory /= name;
    Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd) groups.push_back({hierarchy, std::move(directory), std::move(fd)});
  }
  return {std::string(path), std::move(groups)};
}

std::vector<CgroupHierarchy> Cgroup::hierarchies() const {
  std::vector<CgroupHierarchy> all;
  for (const auto& group : groups_) all.push_back(group.hierarchy);
  return all;
}

const Cgroup::Group* Cgroup::find(std::string_view controller) const {
  for (const auto& group : groups_) {
    if (group.serves(controller)) return &group;
  }
  return nullptr;
}

const Cgroup::Group* Cgroup::unified() const {
  for (const auto& group : groups_) {
    if (group.hierarchy.v2) return &group;
  }
  return nullptr;
}

bool Cgroup::exists() const { return !groups_.empty(); }

int Cgroup::unified_fd() const {
  const Group* group = unified();
  return group != nullptr ? group->directory.get() : -1;
}

void Cgroup::join(pid_t pid, bool with_unified) const {
  for (const auto& group : groups_) {
    if (group.hierarchy.v2 && !with_unified) continue;
    write_value(group, "cgroup.procs", pid);
  }
}

void Cgroup::join_self() const {
  for (const auto& group : groups_) {
    // "0" in "tasks" is the one form that cgroup_procs_write_start() does not take
    // cgroup_threadgroup_rwsem for.
    if (!group.hierarchy.v2) write_value(group, "tasks", 0);
  }
}

void Cgroup::apply(const oci::LinuxResources& resources) {
  for (const auto& group : groups_) {
    if (group.hierarchy.v2) {
      apply_v2(group, resources);
    } else {
      apply_v1(group, resources);
    }
  }
}

void Cgroup::update(const CgroupHost& host, const oci::LinuxResources& resources) {
  for (const auto& hierarchy : host.hierarchies) {
    if (hierarchy.v2) continue;
    const bool have = std::any_of(groups_.begin(), groups_.end(),
                                  [&](const Group& group) { return group.hierarchy == hierarchy; });
    const bool wanted =
        std::any_of(hierarchy.controllers.begin(), hierarchy.controllers.end(),
                    [&](const std::string& name) { return is_needed(host, name, resources); });
    if (have || !wanted) continue;
    groups_.push_back(make_group(host, hierarchy, path_, resources));
    // What forks meanwhile is in the new group already, or comes with the next round.
    for (int round = 0; round < 3; ++round) {
      for (const pid_t pid : pids()) write_value(groups_.back(), "cgroup.procs", pid);
    }
  }
  apply(resources);
}

void Cgroup::restrict_devices(const std::vector<oci::DeviceRule>& rules) const {
  if (const Group* group = unified()) {
    attach_device_program(group->directory, rules);
  } else if (const Group* devices = find("devices")) {
    for (const auto& [file, line] : device_lines_v1(rules)) write_value(*devices, file, line);
  } else {
    fail(Kind::unavailable, "no cgroup hierarchy of this machine can restrict devices");
  }
}

void Cgroup::set_frozen(bool frozen) const {
  if (const Group* group = unified()) {
    set_frozen_v2(*group, frozen);
  } else if (const Group* freezer = find("freezer")) {
    set_frozen_v1(*freezer, frozen);
  } else {
    fail(Kind::unavailable, "no cgroup hierarchy of this machine can freeze");
  }
}

bool Cgroup::frozen() const {
  if (const Group* group = unified()) return find_number(group->directory, "cgroup.freeze") == 1;
  if (const Group* freezer = find("freezer")) {
    return find_value(freezer->directory, "freezer.state").value_or("THAWED") != "THAWED";
  }
  return false;
}

void Cgroup::signal_all(int number) const {
  const Group* group = unified();
  if (number == SIGKILL && group != nullptr && has_file(*group, "cgroup.kill")) {
    write_value(*group, "cgroup.kill", "1");
    return;
  }
  const bool was_frozen = frozen();
  const bool can_freeze = group != nullptr || find("freezer") != nullptr;
  if (number != SIGKILL || !can_freeze) {
    for (const pid_t pid : pids()) ::kill(pid, number);
    return;
  }
  // A frozen fork bomb cannot outrun us; SIGKILL takes effect when it is thawed.
  if (!was_frozen) set_frozen(true);
  for (const pid_t pid : pids()) ::kill(pid, number);
  set_frozen(false);
}

std::vector<pid_t> Cgroup::pids() const {
  std::vector<pid_t> all;
  const Group* group = unified();
  if (group == nullptr) group = find("pids");
  if (group == nullptr && !groups_.empty()) group = &groups_.front();
  if (group != nullptr) collect_pids(group->directory, all);
  std::sort(all.begin(), all.end());
  return all;
}

void Cgroup::remove(Deadline deadline) const {
  for (const auto& group : groups_) {
    for (int round = 0; !remove_group(group.path); ++round) {
      const bool late =
          deadline ? std::chrono::steady_clock::now() >= *deadline : round > kKillRounds;
      if (late) fail(Kind::system, "remove cgroup {}: it is still busy", group.path.native());
      std::vector<pid_t> left;
      collect_pids(group.directory, left);
      if (!left.empty()) signal_all(SIGKILL);
      for (const pid_t pid : left) ::kill(pid, SIGKILL);
      pause_ms(round < 10 ? 1 : 20);
    }
  }
}

std::uint64_t Cgroup::oom_kills() const {
  const Group* memory = find("memory");
  if (memory == nullptr) return 0;
  const char* file = memory->hierarchy.v2 ? "memory.events" : "memory.oom_control";
  return find_keyed(memory->directory, file, "oom_kill").value_or(0);
}

Fd Cgroup::watch_oom() const {
  const Group* memory = find("memory");
  if (memory == nullptr) return {};
  if (memory->hierarchy.v2) {
    if (!has_file(*memory, "memory.events")) return {};
    Fd watch(check(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "make an inotify descriptor"));
    const fs::path file = memory->path / "memory.events";
    check(::inotify_add_watch(watch.get(), file.c_str(), IN_MODIFY), "watch {}", file.native());
    return watch;
  }
  Fd event(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd"));
  const Fd control = open_at(memory->directory, "memory.oom_control", O_RDONLY);
  write_value(*memory, "cgroup.event_control",
              std::to_string(event.get()) + " " + std::to_string(control.get()));
  return event;
}

void remove_cgroup_parent(const CgroupHost& host, std::string_view path) noexcept {
  try {
    check_cgroup_path(path);
    for (const auto& hierarchy : host.hierarchies) {
      fs::path directory = hierarchy.mountpoint;
      for (const auto& name : split_words(path, '/')) directory /= name;
      // Only if it is empty: what lives in it may be somebody else's.
      if (::rmdir(directory.c_str()) != 0) continue;
    }
  } catch (...) {  // a bad path names no group of ours
    return;
  }
}

}  // namespace mydock::runtime
