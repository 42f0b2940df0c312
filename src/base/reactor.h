#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>

#include "base/fd.h"

namespace mydock {

// In the calling thread and all that it starts later: call it first in main().
void block_signals(std::initializer_list<int> numbers);

// One thread that waits for many things. Callbacks run on it, one at a time, and never block: what
// may take longer than a millisecond goes to Jobs. An exception from a callback is logged, not
// fatal.
class Reactor {
 public:
  Reactor();   // starts the thread
  ~Reactor();  // stops it; callbacks that have not run are dropped
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Cancels what it stands for when destroyed. Safe on any thread, also from its own callback. When
  // the destructor returns on another thread, the callback does not run and will not run.
  class [[nodiscard]] Watch {
   public:
    Watch() = default;
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch();
    void cancel();

   private:
    friend class Reactor;
    struct State;
    explicit Watch(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
  };

  // Runs `ready` each time `fd` is readable (level-triggered). `fd` stays the caller's and outlives
  // it.
  Watch watch(const Fd& fd, std::function<void()> ready);
  // Runs `ready` once, when `fd` is readable: for pidfds.
  Watch watch_once(const Fd& fd, std::function<void()> ready);
  // Runs `ready` once, when `fd` is writable: for sockets that connect. Not while another watch of
  // the same `fd` stands.
  Watch watch_writable_once(const Fd& fd, std::function<void()> ready);
  Watch after(std::chrono::steady_clock::duration delay, std::function<void()> fire);
  void post(std::function<void()> run);
  // SIGTERM and the like, blocked in every thread before (see block_signals).
  Watch on_signal(int number, std::function<void()> run);

 private:
  struct Core;
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace mydock
