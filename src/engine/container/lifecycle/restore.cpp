#include "engine/container/lifecycle/restore.h"

#include <poll.h>

#include <csignal>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/log.h"
#include "base/stop.h"
#include "engine/container/lifecycle/exit.h"
#include "engine/container/lifecycle/networking.h"
#include "engine/container/lifecycle/remove.h"
#include "engine/container/lifecycle/start.h"
#include "engine/container/restart_policy.h"

namespace mydock::engine {

namespace {

// A row that cannot be read still holds its place, so that it can be seen and removed.
Record broken_record(const ContainerStore::Row& row) {
  auto definition = std::make_shared<Definition>();
  definition->id = row.id;
  Record record;
  record.name = row.name;
  record.definition = std::move(definition);
  record.status.state = State::dead;
  record.status.error = "its stored record is broken: " + row.broken;
  return record;
}

void load_containers(Parts& parts) {
  for (ContainerStore::Row& row : parts.store.load()) {
    if (!row.broken.empty()) log::error("container {}: {}", row.id, row.broken);
    Record record = row.record ? *row.record : broken_record(row);
    // The daemon that moved it there is gone; what it was doing is looked at below.
    if (record.status.state == State::starting) {
      record.status.state = record.status.started == Time{} ? State::created : State::exited;
    }
    if (!parts.table.try_reserve_name(record.name, row.id)) {
      record.name = short_id(row.id);
      parts.table.try_reserve_name(record.name, row.id);
    }
    parts.table.add(std::make_shared<Container>(std::move(record)));
  }
}

void set_running(Container& container, const std::shared_ptr<runtime::Task>& task) {
  container.change([&](Record& record, Live& live) {
    Status& status = record.status;
    if (status.state != State::paused && status.state != State::running) {
      status.state = State::starting;  // by way of it, as the table of moves wants
    }
    if (status.started == Time{}) status.started = now();
    status.pid = task ? task->pid() : 0;
    live.task = task;
  });
  container.change([](Record& record, Live&) {
    if (record.status.state == State::starting) record.status.state = State::running;
  });
}

// Only a pause that was stored is somebody's wish: another was cut off, or a commit's.
void adopt(Container& container, const std::shared_ptr<runtime::Task>& task) {
  const bool wished = container.record()->status.state == State::paused;
  if (task->was_paused() && !wished) task->resume();
  set_running(container, task);
  if (wished && !task->was_paused()) {
    container.change([](Record& record, Live&) { record.status.state = State::running; });
  }
}

// A run that the last daemon has left, and how it ended if it did.
struct Left {
  std::shared_ptr<Container> container;
  bool ended = false;
  std::optional<runtime::Exit> exit;
};

Left look_at_run(Parts& parts, const std::shared_ptr<Container>& container) {
  Left left{.container = container, .ended = false, .exit = {}};
  const State state = container->record()->status.state;
  const fs::path bundle = parts.paths.bundle(container->id());
  const bool has_bundle = fs::exists(bundle);
  if (is_doomed(state) || (!has_task(state) && !has_bundle)) return left;
  std::shared_ptr<runtime::Task> task;
  if (has_bundle) task = parts.tasks.reconnect(bundle, task_events(parts, container));
  if (task) {
    adopt(*container, task);
    watch_task(parts, container, task);
    return left;
  }
  // A daemon that died in the middle of a start has not stored that it ran; the exit record tells.
  left.exit = parts.tasks.exit_record(bundle);
  left.ended = has_task(state) || left.exit;
  if (!left.ended) {
    parts.tasks.clean(bundle);
    remove_tree(bundle);
  }
  return left;
}

bool wants_start(const Record& record) {
  const Status& status = record.status;
  const bool stands = status.state == State::exited && status.started != Time{};
  return stands && !record.auto_remove() &&
         should_restart(record.host_config().restart_policy,
                        {.exit_code = status.exit_code,
                         .restart_count = status.restart_count,
                         .manually_stopped = status.manually_stopped,
                         .daemon_start = true});
}

void settle(Parts& parts, const Left& left) {
  const std::shared_ptr<Container>& container = left.container;
  if (container->record()->status.state == State::restarting) {
    container->change([](Record& record, Live&) { record.status.state = State::exited; });
  }
  if (left.ended) {
    set_running(*container, nullptr);
    settle_exit(parts, container, left.exit);
  }
  const RecordPtr record = container->record();
  const State state = record->status.state;
  if (container->task()) watch_run(parts, container);
  if (state == State::removing) {
    finish_removal(parts, container);
  } else if (record->auto_remove() && (state == State::created || state == State::exited)) {
    remove_container(parts, container, {.force = false, .volumes = true, .link = false});
  } else if (wants_start(*record)) {
    parts.jobs.run("start of container " + container->id(), [&parts, container] {
      start_container(parts, container, StartCause::daemon, parts.stopping);
    });
  }
}

template <class F>
void each_alone(const std::shared_ptr<Container>& container, F&& step) {
  try {
    step();
  } catch (const Error& error) {
    log::error("container {}: restore: {}", container->id(), error.what());
  }
}

std::set<std::string> ids_in(const fs::path& directory) {
  std::set<std::string> ids;
  std::error_code none;  // not there: nothing is left
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    if (is_id(entry.path().filename().string())) ids.insert(entry.path().filename().string());
  }
  return ids;
}

void end_stray_task(Parts& parts, const fs::path& bundle) {
  if (const auto task = parts.tasks.reconnect(bundle, {})) {
    task->signal(SIGKILL, true);
    wait_for(task->exited(), POLLIN, {}, deadline_after(std::chrono::seconds(10)));
  }
  parts.tasks.clean(bundle);
  remove_tree(bundle);
}

// What has no row: bundles, directories, snapshots.
void clear_strays(Parts& parts) {
  for (const std::string& id : ids_in(parts.paths.bundles())) {
    if (!parts.table.find(id)) end_stray_task(parts, parts.paths.bundle(id));
  }
  for (const std::string& id : ids_in(parts.paths.containers())) {
    if (!parts.table.find(id)) parts.images.trash.discard(parts.paths.container(id));
  }
  for (const std::string& key : parts.images.snapshots.active_keys()) {
    if (is_id(key) && !parts.table.find(key)) parts.images.snapshots.remove(key);
  }
}

}  // namespace

void restore(Parts& parts) {
  for (const std::string& complaint : parts.images.recover()) log::warn("images: {}", complaint);
  load_containers(parts);
  std::vector<Left> left;
  std::set<std::string> live;
  for (const auto& container : parts.table.all()) {
    each_alone(container, [&] { left.push_back(look_at_run(parts, container)); });
    if (container->task()) live.insert(container->id());
  }
  parts.networks.recover(live);  // before anything starts and takes addresses
  for (const Left& one : left) {
    each_alone(one.container, [&] {
      if (const auto task = one.container->task()) {
        serve_names(parts, *one.container->record(), task->pid());
      }
    });
  }
  for (const Left& one : left) each_alone(one.container, [&] { settle(parts, one); });
  clear_strays(parts);
}

}  // namespace mydock::engine
