#include "api/stream.h"
#include "base/error.h"
#include "engine/container_io.h"
#include "engine/io/log_setup.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

void require_attachable(const Record& record) {
  if (record.status.state == State::paused) {
    fail(Kind::conflict, "container {} is paused, unpause the container before attach",
         record.name);
  }
  if (record.status.state == State::restarting) {
    fail(Kind::conflict, "container {} is restarting, wait until the container is running",
         record.name);
  }
}

// The task to attach to now, or a place among those who wait for the start; neither: it has ended.
struct Door {
  std::shared_ptr<runtime::Task> task;
  std::shared_ptr<PendingAttach> pending;
};

Door find_door(Container& container, const runtime::Attach& attach, Fd& socket) {
  Door door;
  // Made before the lock, since it needs descriptors.
  const bool may_wait = container.record()->status.state != State::running;
  std::shared_ptr<PendingAttach> place;
  if (may_wait) place = std::make_shared<PendingAttach>(attach, socket.duplicate());
  container.look([&](const Record& record, Live& live) {
    if (live.task) {
      door.task = live.task;
    } else if (place && !live.removed && !is_doomed(record.status.state)) {
      live.attaches.push_back(place);
      door.pending = place;
    }
  });
  if (door.pending) socket.reset();
  return door;
}

}  // namespace

bool ContainerIo::terminal(std::string_view ref) const {
  return parts_.table.get(ref)->record()->config().tty;
}

ContainerIo::Attachment ContainerIo::prepare_attach(std::string_view ref,
                                                    const AttachOptions& options) {
  Attachment attachment;
  attachment.parts_ = &parts_;
  attachment.container_ = parts_.table.get(ref);
  attachment.options_ = options;
  if (!options.detach_keys.empty()) {
    attachment.keys_ = api::parse_detach_keys(options.detach_keys);
  }
  const RecordPtr record = attachment.container_->record();
  require_attachable(*record);
  attachment.terminal_ = record->config().tty;
  parts_.events.publish("container", "attach", record->id(), event_attributes(*record));
  return attachment;
}

void ContainerIo::Attachment::run(Fd socket, const std::stop_token& stop) {
  const RecordPtr record = container_->record();
  if (options_.logs && !readable_log(parts_->paths, *record).path.empty()) {
    ContainerIo io(*parts_);
    LogReader reader = io.prepare_logs(record->id(), {.follow = false,
                                                      .stdout_open = options_.stdout_open,
                                                      .stderr_open = options_.stderr_open,
                                                      .since = {},
                                                      .until = {},
                                                      .timestamps = false,
                                                      .details = false,
                                                      .tail = {}});
    FdSink out(socket.duplicate());
    reader.run(out, stop);
  }
  if (!options_.stream) return;
  const runtime::Attach attach{.stdin_open = options_.stdin_open && record->config().open_stdin,
                               .stdout_open = options_.stdout_open,
                               .stderr_open = options_.stderr_open,
                               .detach_keys = keys_,
                               .pending_input = options_.pending_input};
  // Also to one that has ended: `docker start -a` attaches before it starts it again.
  const Door door = find_door(*container_, attach, socket);
  if (door.task) {
    door.task->attach("", attach, std::move(socket));
  } else if (door.pending) {
    door.pending->wait(stop);
    container_->look([&](const Record&, Live& live) { std::erase(live.attaches, door.pending); });
  }
}

}  // namespace mydock::engine
