#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/reactor.h"
#include "engine/container/record.h"
#include "engine/io/pending_attach.h"
#include "runtime/task.h"

namespace mydock::engine {

class HealthMonitor;

// What the daemon itself has asked a running process to do; see lifecycle/ending.h.
enum class Ending { stop, restart, kill };

// What a container has while this daemon runs, and no longer.
struct Live {
  std::shared_ptr<runtime::Task> task;
  Reactor::Watch exit_watch;
  Reactor::Watch restart_timer;
  Reactor::Watch kill_timer;  // for a process that does not heed the stop signal
  Reactor::Watch run_timer;   // RunTimeout
  std::shared_ptr<HealthMonitor> health;
  std::optional<Ending> ending;
  std::uint64_t exits = 0;  // how often its process has ended
  bool removed = false;
  std::string removal_error;
  // It has ended, and what it leaves is being cleared: no start meanwhile.
  bool settling = false;
  bool updating = false;               // somebody changes its limits
  bool files_writer = false;           // somebody writes into a stopped one: no start meanwhile
  bool user_restart = false;           // `restart` stops it: neither policy nor AutoRemove act then
  std::chrono::milliseconds delay{0};  // the last one before an automatic restart
  std::chrono::milliseconds unhealthy_delay{0};          // the same, of restarts by OnUnhealthy
  std::vector<std::shared_ptr<PendingAttach>> attaches;  // clients that wait for the start
};

// A container. Readers take the record, which never changes; who changes it makes a new one under
// the lock. Nothing blocks under the lock.
class Container {
 public:
  explicit Container(Record record)
      : id_(record.id()), record_(std::make_shared<const Record>(std::move(record))) {}

  const std::string& id() const { return id_; }
  RecordPtr record() const {
    Lock lock(mutex_);
    return record_;
  }
  // nullptr: no process.
  std::shared_ptr<runtime::Task> task() const {
    Lock lock(mutex_);
    return live_.task;
  }

  // Runs edit(Record&, Live&) under the lock on a copy, and publishes it. If it throws, nothing of
  // the record has changed. Errors: what `edit` throws; conflict, for a move of State that the
  // table forbids.
  template <class F>
  RecordPtr change(F&& edit) {
    RecordPtr published;
    {
      Lock lock(mutex_);
      auto next = std::make_shared<Record>(*record_);
      if constexpr (std::is_same_v<decltype(edit(*next, live_)), bool>) {
        if (!edit(*next, live_)) return record_;
      } else {
        edit(*next, live_);
      }
      check_move(record_->status.state, next->status.state);
      ++next->version;
      record_ = std::move(next);
      published = record_;
    }
    changed_.notify_all();
    return published;
  }
  // Runs use(const Record&, Live&) under the lock.
  template <class F>
  auto look(F&& use) {
    Lock lock(mutex_);
    return use(static_cast<const Record&>(*record_), live_);
  }
  // Blocks until until(const Record&, const Live&) holds. False: the deadline passed. Errors:
  // cancelled.
  template <class F>
  bool wait(F&& until, const std::stop_token& stop, Deadline deadline = {}) {
    Lock lock(mutex_);
    while (!until(static_cast<const Record&>(*record_), static_cast<const Live&>(live_))) {
      if (!changed_.wait(mutex_, stop, deadline)) {
        return until(static_cast<const Record&>(*record_), static_cast<const Live&>(live_));
      }
    }
    return true;
  }

 private:
  void check_move(State from, State to) const;

  const std::string id_;
  mutable Mutex mutex_{Rank::container};
  RecordPtr record_ GUARDED_BY(mutex_);
  Live live_ GUARDED_BY(mutex_);
  Condition changed_;
};

// Docker's error for a state that does not allow the verb: conflict "container ID is not running".
[[noreturn]] void fail_not_running(const Record& record);
// Errors: conflict, unless it runs and is neither paused nor restarting. `verb`: "exec", …
void require_running(const Record& record, std::string_view verb);

}  // namespace mydock::engine
