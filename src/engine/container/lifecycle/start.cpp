#include "engine/container/lifecycle/start.h"

#include "base/failpoint.h"
#include "base/log.h"
#include "engine/container/lifecycle/exit.h"
#include "engine/container/lifecycle/networking.h"
#include "engine/container/lifecycle/remove.h"
#include "engine/container/lifecycle/starting.h"
#include "engine/container/lifecycle/volume_events.h"
#include "engine/container/spec/etc_files.h"

namespace mydock::engine {

namespace {

void refuse_state(const Record& record) {
  switch (record.status.state) {
    case State::paused:
      fail(Kind::conflict, "cannot start a paused container, try unpause instead");
    case State::removing:
    case State::dead:
      fail(Kind::conflict, "container is marked for removal and cannot be started");
    default:
      return;
  }
}

bool is_in_motion(const Record& record, const Live& live) {
  return record.status.state == State::starting || live.settling || live.files_writer;
}

constexpr std::chrono::seconds kLongestCopy{5};

enum class Claim { won, running, in_motion };

Claim try_claim(Container& container, StartCause cause) {
  Claim claim = Claim::won;
  container.change([&](Record& record, Live& live) {
    refuse_state(record);
    const State state = record.status.state;
    if (is_in_motion(record, live)) {
      claim = Claim::in_motion;
    } else if (state == State::running ||
               (state == State::restarting) != (cause == StartCause::restart_policy)) {
      claim = Claim::running;
    }
    if (claim != Claim::won) return false;
    record.status.state = State::starting;
    record.status.error.clear();
    if (cause == StartCause::user) {
      record.status.restart_count = 0;
      record.status.manually_stopped = false;
      live.delay = {};
    }
    return true;
  });
  return claim;
}

// Another start, or what is left of the last run, is waited for: then its outcome decides.
bool claim_start(Container& container, StartCause cause, const std::stop_token& stop) {
  for (;;) {
    const Claim claim = try_claim(container, cause);
    if (claim != Claim::in_motion) return claim == Claim::won;
    const bool written =
        container.look([](const Record&, const Live& live) { return live.files_writer; });
    // A copy whose client has stalled must not keep it for ever.
    const Deadline deadline = written ? deadline_after(kLongestCopy) : Deadline{};
    if (!container.wait([](const Record& r, const Live& l) { return !is_in_motion(r, l); }, stop,
                        deadline)) {
      fail(Kind::conflict, "files are being copied into container {}", container.id());
    }
  }
}

void record_failure(Parts& parts, Container& container, State before, const StartFailure& failure) {
  const RecordPtr after = container.change([&](Record& record, Live&) {
    record.status.state = before;
    record.status.error = failure.error.message();
    record.status.exit_code = failure.exit_code;
    record.status.pid = 0;
    clear_addresses(record.status);
  });
  parts.store.save_status(*after);
}

void remove_if_automatic(Parts& parts, const std::shared_ptr<Container>& container) {
  if (!container->record()->auto_remove()) return;
  try {
    remove_container(parts, container, {.force = true, .volumes = true, .link = false});
  } catch (const Error& error) {  // what the client must hear is why the start failed
    log::warn("container {}: not removed after a start that failed: {}", container->id(),
              error.what());
  }
}

}  // namespace

bool start_container(Parts& parts, const std::shared_ptr<Container>& container, StartCause cause,
                     const std::stop_token& stop) {
  const State before =
      container->record()->status.started == Time{} ? State::created : State::exited;
  if (!claim_start(*container, cause, stop)) return false;
  try {
    Starting starting(parts, container);
    starting.run(stop);
  } catch (const StartFailure& failure) {
    record_failure(parts, *container, before, failure);
    remove_if_automatic(parts, container);
    throw failure.error;
  }
  const RecordPtr record = container->record();
  failpoint("start.running");
  update_linked_hosts(parts, record->id());
  publish_network_events(parts, *record, "connect");
  publish_volume_events(parts, *record, "mount");
  parts.events.publish("container", "start", record->id(), event_attributes(*record));
  parts.store.save_status(*record);
  failpoint("start.stored");
  watch_run(parts, container);
  return true;
}

}  // namespace mydock::engine
