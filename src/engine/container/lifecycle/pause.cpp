#include "base/error.h"
#include "base/failpoint.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

std::shared_ptr<runtime::Task> task_of(Container& container) {
  auto task = container.task();
  if (!task) fail_not_running(*container.record());
  return task;
}

RecordPtr move_to(Parts& parts, Container& container, State state, std::string_view action) {
  RecordPtr after = container.change([&](Record& record, Live&) {
    if (!has_task(record.status.state)) fail_not_running(record);  // it ended meanwhile
    record.status.state = state;
  });
  parts.events.publish("container", action, after->id(), event_attributes(*after));
  failpoint("pause.done");
  return after;
}

}  // namespace

void Containers::pause(std::string_view ref, Pausing pausing) {
  const std::shared_ptr<Container> container = get(ref);
  const RecordPtr record = container->record();
  if (record->status.state == State::paused) {
    fail(Kind::conflict, "container {} is already paused", record->id());
  }
  require_running(*record, "pause");
  task_of(*container)->pause();
  const RecordPtr after = move_to(parts_, *container, State::paused, "pause");
  if (pausing == Pausing::passing) return;
  parts_.store.save_status(*after);
  failpoint("pause.stored");
}

void Containers::unpause(std::string_view ref) {
  const std::shared_ptr<Container> container = get(ref);
  const RecordPtr record = container->record();
  if (record->status.state != State::paused) {
    // Docker answers 500 here.
    fail(Kind::system, "Container {} is not paused", record->id());
  }
  task_of(*container)->resume();
  parts_.store.save_status(*move_to(parts_, *container, State::running, "unpause"));
  failpoint("unpause.stored");
}

void Containers::resize(std::string_view ref, std::uint32_t rows, std::uint32_t columns) {
  const std::shared_ptr<Container> container = get(ref);
  const RecordPtr record = container->record();
  if (!has_task(record->status.state)) fail_not_running(*record);
  task_of(*container)->resize("", rows, columns);
  Attributes attributes = event_attributes(*record);
  attributes["height"] = std::to_string(rows);
  attributes["width"] = std::to_string(columns);
  parts_.events.publish("container", "resize", record->id(), std::move(attributes));
}

}  // namespace mydock::engine
