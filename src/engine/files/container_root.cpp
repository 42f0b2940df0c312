#include "engine/files/container_root.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "engine/container/spec/etc_files.h"
#include "engine/files/container_path.h"
#include "engine/files/overlay_view.h"

namespace mydock::engine {

namespace {

bool is_in_motion(const Record& record, const Live& live) {
  return record.status.state == State::starting || live.settling;
}

bool is_at_or_below(const std::string& path, const std::string& top) {
  return path == top || top == "/" || (path.starts_with(top) && path[top.size()] == '/');
}

bool is_bind(const ContainerMount& mount) {
  const auto& options = mount.device_options;
  return mount.device_type.empty() || mount.device_type == "none" ||
         std::ranges::find(options, "bind") != options.end() ||
         std::ranges::find(options, "rbind") != options.end();
}

BindView view_of(const ContainerMount& mount) {
  return {.source = mount.device_type.empty() ? mount.source : mount.device,
          .subpath = mount.subpath,
          .read_only = mount.read_only,
          .recursive = !mount.non_recursive};
}

// No value: it is not there, and may not be made.
std::optional<Fd> mount_point(const Root& root, const ContainerMount& mount, bool may_make) {
  try {
    return root.open(mount.target, O_PATH);
  } catch (const Error& error) {  // every other reason is the caller's
    if (error.error_number() != ENOENT) throw;
    if (!may_make) return std::nullopt;
  }
  if (shows_directory(view_of(mount))) return root.make_directories(mount.target);
  root.make_directories(fs::path(mount.target).parent_path().string());
  root.create_file(mount.target, 0644);
  return root.open(mount.target, O_PATH);
}

std::vector<ContainerMount> mounts_when_stopped(const Parts& parts, const Record& record) {
  std::vector<ContainerMount> mounts;
  const auto is_taken = [&](const std::string& target) {
    return std::ranges::any_of(record.definition->mounts,
                               [&](const ContainerMount& m) { return m.target == target; });
  };
  for (const char* name : {"hostname", "hosts", "resolv.conf"}) {
    const fs::path source = etc_directory(parts, record) / name;
    const std::string target = fmt::format("/etc/{}", name);
    if (is_taken(target) || !fs::exists(source)) continue;  // made by the first start
    ContainerMount mount;
    mount.type = "bind";
    mount.source = source;
    mount.target = target;
    mount.read_only = record.host_config().readonly_rootfs;
    mounts.push_back(std::move(mount));
  }
  for (const ContainerMount& mount : record.definition->mounts) {
    if (mount.type == "bind" || mount.type == "volume") mounts.push_back(mount);
  }
  std::ranges::stable_sort(
      mounts, {}, [](const ContainerMount& m) { return std::ranges::count(m.target, '/'); });
  return mounts;
}

}  // namespace

ContainerRoot::~ContainerRoot() {
  root_.reset();
  stopped_.reset();  // unmounted before somebody else may mount it
  if (!writing_) return;
  try {
    writing_->change([](Record&, Live& live) { live.files_writer = false; });
  } catch (const std::exception& error) {
    log::warn("container {}: {}", writing_->id(), error.what());
  }
}

std::unique_ptr<ContainerRoot> ContainerRoot::open(Parts& parts,
                                                   const std::shared_ptr<Container>& container,
                                                   Access access, const std::stop_token& stop) {
  for (;;) {
    std::unique_ptr<ContainerRoot> view(new ContainerRoot);
    container->wait(
        [&](const Record& record, const Live& live) {
          return !is_in_motion(record, live) && !(access == Access::write && live.files_writer);
        },
        stop);
    const std::shared_ptr<runtime::Task> task = container->task();
    RecordPtr record = container->record();
    if (is_doomed(record->status.state)) {
      fail(Kind::conflict, "container {} is marked for removal", record->id());
    }
    if (has_task(record->status.state) && task) {
      if (view->open_running(*record, *task)) return view;
      container->wait([&](const Record&, const Live& live) { return live.task != task; }, stop);
      continue;
    }
    bool claimed = access == Access::read;
    if (!claimed) {
      container->change([&](Record& now, Live& live) {
        if (is_in_motion(now, live) || live.files_writer || has_task(now.status.state))
          return false;
        return claimed = live.files_writer = true;
      });
      if (claimed) view->writing_ = container;
    }
    if (!claimed) continue;
    if (view->open_stopped(parts, *record, access)) return view;
    open(parts, container, Access::write, stop);  // makes the mount points that it lacks
  }
}

std::unique_ptr<ContainerRoot> ContainerRoot::open_bare(Parts& parts, const Container& container) {
  std::unique_ptr<ContainerRoot> view(new ContainerRoot);
  view->root_ = open_readable_overlay(parts.images.snapshots.mounts(container.id()));
  return view;
}

// False: its process has ended meanwhile. The process is known to be the container's after its root
// was opened: a number that now is another's is not among them.
bool ContainerRoot::open_running(const Record& record, const runtime::Task& task) {
  const pid_t pid = task.pid();
  const int fd =
      ::open(fmt::format("/proc/{}/root", pid).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    if (errno == ENOENT || errno == ESRCH) return false;
    fail_errno("open the root of container {}", record.id());
  }
  root_.emplace(Fd(fd));
  try {
    const std::vector<pid_t> pids = task.pids();
    if (std::ranges::find(pids, pid) == pids.end()) return false;
  } catch (const Error& error) {  // gone: the caller looks again
    if (error.kind() != Kind::unavailable && error.kind() != Kind::conflict) throw;
    return false;
  }
  running_ = true;
  mounts_ = record.definition->mounts;
  keep_mounts();
  return true;
}

// False: a mount point is not there.
bool ContainerRoot::open_stopped(const Parts& parts, const Record& record, Access access) {
  const image::OverlayMount overlay = parts.images.snapshots.mounts(record.id());
  mounts_ = mounts_when_stopped(parts, record);
  bool whole = true;
  stopped_.emplace([&] {
    const fs::path top = mount_view(overlay, access == Access::read);
    const Root root = Root::open(top);
    for (const ContainerMount& mount : mounts_) {
      if (!is_bind(mount)) continue;
      const auto target = mount_point(root, mount, access == Access::write);
      whole = whole && target;
      if (target) attach_bind(*target, view_of(mount));
    }
    return top;
  });
  root_.emplace(stopped_->top().duplicate());
  if (whole) keep_mounts();
  return whole;
}

// Targets as paths without links: what a path without links is compared with.
void ContainerRoot::keep_mounts() {
  for (ContainerMount& mount : mounts_) mount.target = resolve_in(*root_, mount.target);
}

void ContainerRoot::require_reachable(const std::string& path) const {
  const ContainerMount* mount = mount_of(path);
  if (running_ || mount == nullptr || is_bind(*mount)) return;
  fail(Kind::not_implemented, "volume {} can only be reached while the container runs",
       mount->name);
}

const ContainerMount* ContainerRoot::mount_of(const std::string& path) const {
  const ContainerMount* found = nullptr;
  for (const ContainerMount& mount : mounts_) {
    if (!is_at_or_below(path, mount.target)) continue;
    if (found == nullptr || mount.target.size() >= found->target.size()) found = &mount;
  }
  return found;
}

}  // namespace mydock::engine
