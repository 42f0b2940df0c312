#include "runtime/shim/loop.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace mydock::runtime::shim {

struct Loop::Entry {
  int fd = -1;  // -1: a timer
  short events = 0;
  bool quiet = false;
  bool dead = false;
  bool fired = false;  // a timer; the entry stays until its Watch goes
  Clock::time_point due{};
  std::function<void(short)> ready;
};

Loop::Loop() = default;
Loop::~Loop() = default;

Loop::Watch& Loop::Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    cancel();
    entry_ = std::exchange(other.entry_, nullptr);
  }
  return *this;
}

void Loop::Watch::cancel() noexcept {
  // The entry goes with the next sweep: its callback may be running right now.
  if (entry_ != nullptr) entry_->dead = true;
  entry_ = nullptr;
}

void Loop::Watch::set_events(short events) {
  if (entry_ == nullptr) return;
  entry_->quiet = events < 0;
  entry_->events = events < 0 ? short{0} : events;
}

Loop::Watch Loop::watch(int fd, short events, std::function<void(short)> ready) {
  entries_.push_back(std::make_unique<Entry>());
  Entry* entry = entries_.back().get();
  entry->fd = fd;
  entry->ready = std::move(ready);
  Watch watch(entry);
  watch.set_events(events);
  return watch;
}

Loop::Watch Loop::after(Clock::duration delay, std::function<void()> fire) {
  entries_.push_back(std::make_unique<Entry>());
  Entry* entry = entries_.back().get();
  entry->due = Clock::now() + delay;
  entry->ready = [fire = std::move(fire)](short /*events*/) { fire(); };
  return Watch(entry);
}

int Loop::timeout() const {
  int least = -1;
  const auto now = Clock::now();
  for (const auto& entry : entries_) {
    if (entry->fd >= 0 || entry->dead || entry->fired) continue;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(entry->due - now).count();
    const int wait = static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
    if (least < 0 || wait < least) least = wait;
  }
  return least;
}

void Loop::sweep() {
  std::erase_if(entries_, [](const auto& entry) { return entry->dead; });
}

void Loop::run_once() {
  sweep();
  std::vector<pollfd> polls;
  polls.reserve(entries_.size());
  // A negative descriptor is skipped by poll(2), and keeps the positions equal.
  for (const auto& entry : entries_) {
    polls.push_back({entry->quiet ? -1 : entry->fd, entry->events, 0});
  }
  const int wait = timeout();
  if (::poll(polls.data(), polls.size(), wait) < 0 && errno != EINTR) fail_errno("poll");
  const auto now = wait < 0 ? Clock::time_point{} : Clock::now();
  for (std::size_t i = 0; i < polls.size(); ++i) {
    Entry& entry = *entries_[i];
    if (entry.dead) continue;
    if (entry.fd < 0) {
      if (wait < 0 || entry.fired || entry.due > now) continue;
      entry.fired = true;
      entry.ready(0);
    } else if (polls[i].revents != 0) {
      entry.ready(polls[i].revents);
    }
  }
}

}  // namespace mydock::runtime::shim
