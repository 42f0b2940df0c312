#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace mydock::runtime::shim {

// poll(2) over a handful of descriptors, on the shim's only thread. Callbacks may add and drop
// watches, also their own.
class Loop {
  struct Entry;

 public:
  using Clock = std::chrono::steady_clock;

  // Ends the watch when destroyed. The loop must live longer.
  class [[nodiscard]] Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { cancel(); }
    void cancel() noexcept;
    // POLLIN, POLLOUT; 0: only error and hang-up. -1: nothing at all.
    void set_events(short events);
    explicit operator bool() const { return entry_ != nullptr; }

   private:
    friend class Loop;
    explicit Watch(Entry* entry) : entry_(entry) {}
    Entry* entry_ = nullptr;
  };

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Level-triggered; `ready` gets revents.
  Watch watch(int fd, short events, std::function<void(short)> ready);
  Watch after(Clock::duration delay, std::function<void()> fire);  // once
  void run_once();  // blocks until something happened

 private:
  int timeout() const;
  void sweep();
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace mydock::runtime::shim
