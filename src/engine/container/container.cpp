#include "engine/container/container.h"

#include "base/error.h"

namespace mydock::engine {

void Container::check_move(State from, State to) const {
  if (from == to || may_move(from, to)) return;
  fail(Kind::conflict, "container {} is {} and cannot become {}", id_, to_text(from), to_text(to));
}

void fail_not_running(const Record& record) {
  fail(Kind::conflict, "container {} is not running", record.id());
}

void require_running(const Record& record, std::string_view verb) {
  switch (record.status.state) {
    case State::running:
      return;
    case State::paused:
      fail(Kind::conflict, "Container {} is paused, unpause the container before {}", record.name,
           verb);
    case State::restarting:
      fail(Kind::conflict, "Container {} is restarting, wait until the container is running",
           record.id());
    default:
      fail_not_running(record);
  }
}

}  // namespace mydock::engine
