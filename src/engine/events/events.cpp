#include "engine/events.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/error.h"
#include "engine/events/journal.h"

namespace mydock::engine {

namespace {

// What a client that does not read may pile up; then it loses its oldest ones.
constexpr std::size_t kLongestQueue = 16'384;

Time time_of(const api::Event& event) { return Time(std::chrono::nanoseconds(event.time_nano)); }

}  // namespace

struct Events::Subscription::Queue {
  EventsQuery query;
  std::mutex mutex;
  std::condition_variable_any filled;
  std::deque<std::shared_ptr<const api::Event>> events;
  std::deque<std::shared_ptr<const api::Event>> replay;  // before `events`; who runs it alone

  bool wants(const api::Event& event) const {
    return !(query.until && time_of(event) > *query.until) && api::matches(query.filters, event);
  }
  void push(const std::shared_ptr<const api::Event>& event) {
    if (!wants(*event)) return;
    const std::lock_guard lock(mutex);
    if (events.size() >= kLongestQueue) events.pop_front();
    events.push_back(event);
    filled.notify_one();
  }
  // nullptr: `until` has come, or a stop.
  std::shared_ptr<const api::Event> pop(const std::stop_token& stop) {
    if (!replay.empty() && !stop.stop_requested()) {
      auto event = std::move(replay.front());
      replay.pop_front();
      return event;
    }
    std::unique_lock lock(mutex);
    const auto ready = [this] { return !events.empty(); };
    if (query.until) {
      filled.wait_until(lock, stop, *query.until, ready);
    } else {
      filled.wait(lock, stop, ready);
    }
    if (events.empty() || stop.stop_requested()) return nullptr;
    auto event = std::move(events.front());
    events.pop_front();
    return event;
  }
};

struct Events::Log {
  std::optional<EventJournal> journal;
  std::function<void()> journal_waits;
  std::mutex mutex;
  std::deque<std::shared_ptr<const api::Event>> ring;
  std::vector<api::Event> unwritten;
  std::vector<std::shared_ptr<Subscription::Queue>> queues;
  std::mutex writing;  // keeps the journal in order
};

Events::Events(state::Database* journal, std::function<void()> journal_waits)
    : log_(std::make_unique<Log>()) {
  log_->journal_waits = std::move(journal_waits);
  if (journal == nullptr) return;
  log_->journal.emplace(*journal);
  for (api::Event& event : log_->journal->load()) {
    log_->ring.push_back(std::make_shared<const api::Event>(std::move(event)));
  }
}

Events::~Events() = default;

void Events::publish(std::string_view type, std::string_view action, std::string_view id,
                     Attributes attributes, Keep keep) {
  auto event = std::make_shared<api::Event>();
  event->type = type;
  event->action = action;
  event->actor = {.id = std::string(id), .attributes = std::move(attributes)};
  bool first = false;
  {
    const std::lock_guard lock(log_->mutex);
    // Inside the lock, so that the order of times is the order of events.
    event->time_nano = now().time_since_epoch().count();
    event->time = event->time_nano / 1'000'000'000;
    log_->ring.push_back(event);
    if (log_->ring.size() > kKeptEvents) log_->ring.pop_front();
    for (const auto& queue : log_->queues) queue->push(event);
    if (log_->journal && keep == Keep::stored) {
      first = log_->unwritten.empty();
      log_->unwritten.push_back(*event);
    }
  }
  if (first && log_->journal_waits) log_->journal_waits();
}

void Events::flush() {
  if (!log_->journal) return;
  const std::lock_guard order(log_->writing);
  std::vector<api::Event> events;
  {
    const std::lock_guard lock(log_->mutex);
    events.swap(log_->unwritten);
  }
  if (!events.empty()) log_->journal->append(events);
}

std::size_t Events::listeners() const {
  const std::lock_guard lock(log_->mutex);
  return log_->queues.size();
}

Events::Subscription Events::subscribe(const EventsQuery& query) {
  if (query.since && query.until && *query.since > *query.until) {
    const auto seconds = [](Time time) {
      return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
    };
    fail(Kind::invalid, "`since` time ({}) cannot be after `until` time ({})",
         seconds(*query.since), seconds(*query.until));
  }
  auto queue = std::make_shared<Subscription::Queue>();
  queue->query = query;
  std::deque<std::shared_ptr<const api::Event>> recent;
  {
    const std::lock_guard lock(log_->mutex);
    if (query.since) recent = log_->ring;
    log_->queues.push_back(queue);
  }
  Subscription subscription(*this, queue);
  if (!query.since) return subscription;
  const Time first = recent.empty() ? now() : time_of(*recent.front());
  if (log_->journal && *query.since < first) {
    flush();  // what is older than the ring, but not written yet
    for (api::Event& event : log_->journal->between(*query.since, first)) {
      if (queue->wants(event)) {
        queue->replay.push_back(std::make_shared<const api::Event>(std::move(event)));
      }
    }
  }
  for (const auto& event : recent) {
    if (time_of(*event) >= *query.since && queue->wants(*event)) queue->replay.push_back(event);
  }
  return subscription;
}

Events::Subscription::Subscription(Events& events, std::shared_ptr<Queue> queue)
    : events_(&events), queue_(std::move(queue)) {}
Events::Subscription::Subscription(Subscription&& other) noexcept = default;

Events::Subscription::~Subscription() {
  if (!queue_) return;
  const std::lock_guard lock(events_->log_->mutex);
  std::erase(events_->log_->queues, queue_);
}

void Events::Subscription::run(const std::function<void(const api::Event&)>& use,
                               const std::stop_token& stop) {
  while (const auto event = queue_->pop(stop)) use(*event);
}

}  // namespace mydock::engine
