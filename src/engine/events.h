#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/event.h"
#include "base/clock.h"

namespace mydock::state {
class Database;
}

namespace mydock::engine {

struct EventsQuery {
  std::optional<Time> since;
  std::optional<Time> until;
  api::Filters filters;
};

using Attributes = std::map<std::string, std::string>;

// What happened, in one order for all. The newest are kept in memory, and more of them, for a week,
// in the database.
class Events {
 public:
  // nullptr: no journal. `journal_waits` is called when there is something to flush(), once until
  // then; it must not block.
  explicit Events(state::Database* journal, std::function<void()> journal_waits = {});
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  // `passing`: not for the journal in the database: what comes for ever, as health checks do.
  enum class Keep { stored, passing };
  // Never blocks on a subscriber or the disk.
  void publish(std::string_view type, std::string_view action, std::string_view id,
               Attributes attributes, Keep keep = Keep::stored);

  // Replays from `since`, then calls `use` with each event as it comes, until `until`, or a stop
  // (which is no error here). Two steps: the constructor has registered when it returns, so the
  // head can be sent before run(). Errors: invalid (filters).
  class Subscription {
   public:
    Subscription(Subscription&&) noexcept;
    ~Subscription();
    void run(const std::function<void(const api::Event&)>& use, const std::stop_token& stop);

   private:
    friend class Events;
    struct Queue;
    Subscription(Events& events, std::shared_ptr<Queue> queue);
    Events* events_;
    std::shared_ptr<Queue> queue_;
  };
  Subscription subscribe(const EventsQuery& query);

  std::size_t listeners() const;
  // Writes what the journal in the database lacks.
  void flush();

 private:
  struct Log;
  std::unique_ptr<Log> log_;
};

}  // namespace mydock::engine
