#include "engine/container/lifecycle/remove.h"

#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "engine/container/lifecycle/stop.h"
#include "engine/container/spec/links.h"

namespace mydock::engine {

namespace {

void refuse_running(const Record& record, std::string_view ref) {
  if (record.status.state == State::paused) {
    fail(Kind::conflict,
         "cannot remove container \"{}\": container is paused and must be unpaused first", ref);
  }
  fail(Kind::conflict,
       "cannot remove container \"{}\": container is {}: stop the container before removing or "
       "force "
       "remove",
       ref, shown_state(record));
}

// Containers that came to use a volume by --volumes-from.
std::vector<std::string> other_users(const Parts& parts, const Record& record,
                                     const std::string& volume) {
  std::vector<std::string> others;
  for (const auto& container : parts.table.all()) {
    if (container->id() == record.id()) continue;
    const RecordPtr other = container->record();
    if (other->status.state == State::removing && other->status.remove_volumes) continue;
    const auto& mounts = other->definition->mounts;
    if (std::any_of(mounts.begin(), mounts.end(),
                    [&](const ContainerMount& m) { return m.name == volume; })) {
      others.push_back(other->id());
    }
  }
  return others;
}

// Before the rows, so that a removal which a crash has cut off still knows of them.
void remove_volumes(Parts& parts, const Record& record) {
  for (const ContainerMount& mount : record.definition->mounts) {
    if (!mount.anonymous) continue;
    try {
      parts.volumes.remove_unless_used(
          mount.name, [&] { return other_users(parts, record, mount.name); }, true);
      parts.events.publish("volume", "destroy", mount.name, {{"driver", mount.driver}});
    } catch (const Error& error) {
      log::warn("container {}: volume {} stays: {}", record.id(), mount.name, error.what());
    }
  }
}

// The rows of the container and of its snapshot, together; returns the snapshot's directory.
std::optional<fs::path> erase_rows(Parts& parts, const Record& record) {
  state::Transaction transaction(parts.database, ContainerStore::durability_of(record));
  auto directory = parts.images.snapshots.remove(transaction, record.id());
  parts.store.erase(transaction, record);
  transaction.commit();
  return directory;
}

// Of an image that was removed by force, this may have been the last use of its layers.
void collect_image(Parts& parts, const Record& record) {
  const auto id = oci::Digest::find(record.definition->image_id);
  if (!id || parts.images.images.find(*id)) return;
  parts.jobs.run("collect layers", [&parts] { parts.images.images.collect(); });
}

void drop_attaches(Container& container) {
  const auto waiting =
      container.look([](const Record&, Live& live) { return std::exchange(live.attaches, {}); });
  for (const auto& pending : waiting) pending->drop();
}

// The move to `removing`. False: somebody else removes it.
bool claim_removal(Container& container, std::string_view ref, bool volumes) {
  bool claimed = false;
  for (;;) {
    bool settling = false;
    container.change([&](Record& record, Live& live) {
      if (is_running(record.status.state) || record.status.state == State::starting) {
        refuse_running(record, ref);
      }
      if (record.status.state == State::removing || live.removed) return false;
      settling = live.settling;
      if (settling) return false;
      record.status.state = State::removing;
      record.status.remove_volumes = volumes;
      claimed = true;
      return true;
    });
    if (!settling) return claimed;
    container.wait([](const Record&, const Live& live) { return !live.settling; }, {});
  }
}

void mark_dead(Parts& parts, Container& container, const std::string& reason) {
  const RecordPtr dead = container.change([&](Record& record, Live& live) {
    record.status.state = State::dead;
    record.status.error = reason;
    live.removal_error = reason;
  });
  parts.store.save_status(*dead);
}

void kill_first(Parts& parts, const std::shared_ptr<Container>& container,
                const std::stop_token& stop) {
  container->wait([](const Record& r, const Live&) { return r.status.state != State::starting; },
                  stop);
  Running running;
  Reactor::Watch timer;  // destroyed outside the lock
  running.record = container->change([&](Record& record, Live& live) {
    if (!is_running(record.status.state)) return false;
    record.status.manually_stopped = true;
    if (record.status.state == State::restarting) {
      timer = std::move(live.restart_timer);
      record.status.state = State::exited;
    }
    running.task = live.task;
    running.exits = live.exits;
    return true;
  });
  if (running.task) kill_and_wait(parts, *container, running, stop);
  failpoint("remove.killed");
}

}  // namespace

void finish_removal(Parts& parts, const std::shared_ptr<Container>& container) {
  const RecordPtr record = container->record();
  const std::string& id = record->id();
  try {
    if (record->status.remove_volumes) remove_volumes(parts, *record);
    failpoint("remove.volumes");
    const auto snapshot = erase_rows(parts, *record);
    failpoint("remove.rows");
    if (snapshot) parts.images.snapshots.discard(*snapshot);
    failpoint("remove.snapshot");
    parts.images.trash.discard(parts.paths.container(id));
    failpoint("remove.directory");
  } catch (const std::exception& error) {
    mark_dead(parts, *container, error.what());
    throw;
  }
  drop_attaches(*container);
  parts.execs.forget_container(id);
  parts.table.remove(id);
  parts.table.release_name(record->name, id);
  collect_image(parts, *record);
  // Waiters are woken last: who waits for the removal finds nothing of it any more.
  parts.events.publish("container", "destroy", id, event_attributes(*record));
  container->change([](Record&, Live& live) { live.removed = true; });
}

void remove_container(Parts& parts, const std::shared_ptr<Container>& container,
                      const RemoveOptions& options) {
  if (!claim_removal(*container, container->id(), options.volumes)) {
    fail(Kind::conflict, "removal of container {} is already in progress", container->id());
  }
  const RecordPtr record = container->record();
  if (!record->auto_remove()) parts.store.save_intent(*record);
  failpoint("remove.intent");
  finish_removal(parts, container);
}

void Containers::remove(std::string_view ref, const RemoveOptions& options,
                        const std::stop_token& stop) {
  if (options.link) return remove_link(parts_, ref);
  const std::shared_ptr<Container> container = get(ref);
  if (options.force) kill_first(parts_, container, stop);
  if (!claim_removal(*container, ref, options.volumes)) {
    if (!options.force) {
      fail(Kind::conflict, "removal of container {} is already in progress", ref);
    }
    // An AutoRemove container that was killed for this removes itself.
    container->wait([](const Record& r,
                       const Live& live) { return live.removed || r.status.state == State::dead; },
                    stop);
    return;
  }
  const RecordPtr record = container->record();
  if (!record->auto_remove()) parts_.store.save_intent(*record);
  failpoint("remove.intent");
  finish_removal(parts_, container);
}

}  // namespace mydock::engine
