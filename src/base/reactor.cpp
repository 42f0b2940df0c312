#include "base/reactor.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <deque>
#include <exception>
#include <map>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/mutex.h"

namespace mydock {

namespace {

using Clock = std::chrono::steady_clock;

// Ids in epoll_event.data that are not a watch's.
constexpr std::uint64_t kWakeUp = 0;
constexpr std::uint64_t kSignal = 1;
constexpr std::uint64_t kFirstWatch = 2;

void add_to_epoll(const Fd& epoll, int fd, std::uint32_t events, std::uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  check(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), "watch fd {}", fd);
}

}  // namespace

void block_signals(std::initializer_list<int> numbers) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : numbers) ::sigaddset(&set, number);
  const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (error != 0) throw_errno(error, "block signals");
}

// Shared with the watches, which may live longer than the reactor.
struct Reactor::Core {
  Fd epoll{check(::epoll_create1(EPOLL_CLOEXEC), "make an epoll")};
  Fd wake_up{check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")};

  using StateRef = std::shared_ptr<Watch::State>;
  StateRef add(StateRef state);
  void cancel(const Watch::State& state);
  void post(std::function<void()> run);
  void stop();
  void loop();

 private:
  void wake() const;
  void add_signal(int number) REQUIRES(mutex);
  int wait_time();
  void run(const StateRef& state);
  void run_posted();
  void run_timers();
  void run_ready(std::uint64_t id);
  void run_signals();
  StateRef begin(std::uint64_t id);
  void end();

  Mutex mutex{Rank::leaf};
  Condition idle;
  std::uint64_t next_id GUARDED_BY(mutex) = kFirstWatch;
  std::uint64_t running GUARDED_BY(mutex) = 0;
  bool stopping GUARDED_BY(mutex) = false;
  std::thread::id thread_id GUARDED_BY(mutex);
  std::map<std::uint64_t, StateRef> watches GUARDED_BY(mutex);
  std::multimap<Clock::time_point, std::uint64_t> timers GUARDED_BY(mutex);
  std::deque<std::function<void()>> posted GUARDED_BY(mutex);
  Fd signals GUARDED_BY(mutex);
  sigset_t signal_set GUARDED_BY(mutex) = {};
};

struct Reactor::Watch::State {
  std::shared_ptr<Core> core;
  std::function<void()> callback;
  int fd = -1;
  std::uint32_t events = EPOLLIN;
  bool once = false;
  int signal_number = 0;
  std::optional<Clock::time_point> due;
  std::uint64_t id = 0;
};

struct Reactor::Loop {
  std::shared_ptr<Core> core = std::make_shared<Core>();
  std::thread thread;
};

// ---- the loop's side

void Reactor::Core::loop() {
  {
    const Lock lock(mutex);
    thread_id = std::this_thread::get_id();
  }
  std::array<epoll_event, 64> events{};
  while (true) {
    const int timeout = wait_time();
    const int count =
        ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), timeout);
    {
      const Lock lock(mutex);
      if (stopping) return;
    }
    for (int i = 0; i < count; ++i) run_ready(events[static_cast<std::size_t>(i)].data.u64);
    run_posted();
    run_timers();
  }
}

int Reactor::Core::wait_time() {
  const Lock lock(mutex);
  if (!posted.empty()) return 0;
  if (timers.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(timers.begin()->first - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
}

void Reactor::Core::run_ready(std::uint64_t id) {
  if (id == kWakeUp) {
    std::uint64_t count = 0;
    // Only resets the counter; what woke us is in `posted`, `timers` or `stopping`.
    [[maybe_unused]] const ssize_t size = ::read(wake_up.get(), &count, sizeof count);
  } else if (id == kSignal) {
    run_signals();
  } else if (const StateRef state = begin(id)) {
    run(state);
  }
}

void Reactor::Core::run_signals() {
  signalfd_siginfo info{};
  while (true) {
    std::vector<std::uint64_t> wanted;
    {
      const Lock lock(mutex);
      if (::read(signals.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
      for (const auto& [id, state] : watches) {
        if (state->signal_number == static_cast<int>(info.ssi_signo)) wanted.push_back(id);
      }
    }
    for (const std::uint64_t id : wanted) {
      if (const StateRef state = begin(id)) run(state);
    }
  }
}

void Reactor::Core::run_posted() {
  std::deque<std::function<void()>> batch;
  {
    const Lock lock(mutex);
    batch.swap(posted);
  }
  for (auto& callback : batch) {
    try {
      callback();
    } catch (const std::exception& error) {
      log::error("reactor: {}", error.what());
    }
  }
}

void Reactor::Core::run_timers() {
  while (true) {
    std::uint64_t id = 0;
    {
      const Lock lock(mutex);
      if (timers.empty() || timers.begin()->first > Clock::now()) return;
      id = timers.begin()->second;
      timers.erase(timers.begin());
    }
    if (const StateRef state = begin(id)) run(state);
  }
}

// From here to end(), cancel() on another thread waits.
Reactor::Core::StateRef Reactor::Core::begin(std::uint64_t id) {
  const Lock lock(mutex);
  const auto found = watches.find(id);
  if (found == watches.end() || stopping) return nullptr;
  StateRef state = found->second;
  running = id;
  if (state->once) {
    if (state->fd >= 0) ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, state->fd, nullptr);
    watches.erase(found);
  }
  return state;
}

void Reactor::Core::run(const StateRef& state) {
  try {
    state->callback();
  } catch (const std::exception& error) {
    log::error("reactor: {}", error.what());
  }
  end();
}

void Reactor::Core::end() {
  const Lock lock(mutex);
  running = 0;
  idle.notify_all();
}

// ---- the callers' side

void Reactor::Core::wake() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop wakes anyway.
  [[maybe_unused]] const ssize_t size = ::write(wake_up.get(), &one, sizeof one);
}

void Reactor::Core::add_signal(int number) {
  const bool first = !signals;
  if (first) ::sigemptyset(&signal_set);
  ::sigaddset(&signal_set, number);
  const int fd = check(::signalfd(signals.get(), &signal_set, SFD_CLOEXEC | SFD_NONBLOCK),
                       "receive signal {}", number);
  if (!first) return;
  signals = Fd(fd);
  add_to_epoll(epoll, fd, EPOLLIN, kSignal);
}

Reactor::Core::StateRef Reactor::Core::add(StateRef state) {
  const Lock lock(mutex);
  state->id = next_id++;
  if (state->signal_number != 0) add_signal(state->signal_number);
  if (state->fd >= 0) add_to_epoll(epoll, state->fd, state->events, state->id);
  watches.emplace(state->id, state);
  if (state->due) {
    const auto place = timers.emplace(*state->due, state->id);
    if (place == timers.begin()) wake();
  }
  return state;
}

void Reactor::Core::cancel(const Watch::State& state) {
  StateRef dropped;  // destroyed after the lock: its callback may own anything
  const Lock lock(mutex);
  if (const auto found = watches.find(state.id); found != watches.end()) {
    // EBADF: the caller closed it first, and the kernel forgot it then.
    if (state.fd >= 0) ::epoll_ctl(epoll.get(), EPOLL_CTL_DEL, state.fd, nullptr);
    dropped = std::move(found->second);
    watches.erase(found);
  }
  if (state.due) {
    const auto [begin, end] = timers.equal_range(*state.due);
    for (auto timer = begin; timer != end; ++timer) {
      if (timer->second != state.id) continue;
      timers.erase(timer);
      break;
    }
  }
  if (std::this_thread::get_id() == thread_id) return;
  while (running == state.id) idle.wait(mutex, {});
}

void Reactor::Core::post(std::function<void()> run) {
  {
    const Lock lock(mutex);
    posted.push_back(std::move(run));
  }
  wake();
}

void Reactor::Core::stop() {
  {
    const Lock lock(mutex);
    stopping = true;
  }
  wake();
}

Reactor::Reactor() : loop_(std::make_unique<Loop>()) {
  // Signals are for the threads that asked for them; this one reads the signalfd.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  add_to_epoll(loop_->core->epoll, loop_->core->wake_up.get(), EPOLLIN, kWakeUp);
  loop_->thread = std::thread([core = loop_->core] { core->loop(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Reactor::~Reactor() {
  loop_->core->stop();
  loop_->thread.join();
}

Reactor::Watch Reactor::watch(const Fd& fd, std::function<void()> ready) {
  auto state = std::make_shared<Watch::State>();
  state->core = loop_->core;
  state->callback = std::move(ready);
  state->fd = fd.get();
  return Watch(loop_->core->add(std::move(state)));
}

Reactor::Watch Reactor::watch_once(const Fd& fd, std::function<void()> ready) {
  auto state = std::make_shared<Watch::State>();
  state->core = loop_->core;
  state->callback = std::move(ready);
  state->fd = fd.get();
  state->once = true;
  return Watch(loop_->core->add(std::move(state)));
}

Reactor::Watch Reactor::watch_writable_once(const Fd& fd, std::function<void()> ready) {
  auto state = std::make_shared<Watch::State>();
  state->core = loop_->core;
  state->callback = std::move(ready);
  state->fd = fd.get();
  state->events = EPOLLOUT;
  state->once = true;
  return Watch(loop_->core->add(std::move(state)));
}

Reactor::Watch Reactor::after(std::chrono::steady_clock::duration delay,
                              std::function<void()> fire) {
  auto state = std::make_shared<Watch::State>();
  state->core = loop_->core;
  state->callback = std::move(fire);
  state->once = true;
  state->due = Clock::now() + delay;
  return Watch(loop_->core->add(std::move(state)));
}

void Reactor::post(std::function<void()> run) { loop_->core->post(std::move(run)); }

Reactor::Watch Reactor::on_signal(int number, std::function<void()> run) {
  auto state = std::make_shared<Watch::State>();
  state->core = loop_->core;
  state->callback = std::move(run);
  state->signal_number = number;
  return Watch(loop_->core->add(std::move(state)));
}

Reactor::Watch::Watch(std::shared_ptr<State> state) : state_(std::move(state)) {}

Reactor::Watch& Reactor::Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

Reactor::Watch::~Watch() { cancel(); }

void Reactor::Watch::cancel() {
  if (const std::shared_ptr<State> state = std::move(state_)) state->core->cancel(*state);
}

}  // namespace mydock
