#include "base/reactor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "base/error.h"

namespace mydock {
namespace {

using namespace std::chrono_literals;

constexpr auto kSoon = 5s;  // only a broken reactor waits that long

template <class T>
bool arrives(std::future<T>& future) {
  return future.wait_for(kSoon) == std::future_status::ready;
}

// Returns once everything that the reactor had to do before is done.
void drain(Reactor& reactor) {
  std::promise<void> done;
  auto future = done.get_future();
  reactor.post([&] { done.set_value(); });
  ASSERT_TRUE(arrives(future));
}

Fd event_fd() { return Fd(check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")); }

void raise_event(const Fd& fd) {
  const std::uint64_t one = 1;
  write_all(fd, as_bytes({reinterpret_cast<const char*>(&one), sizeof one}));
}

TEST(ReactorTest, PostRunsOnTheReactorsOwnThread) {
  Reactor reactor;
  std::promise<std::thread::id> ran;
  auto future = ran.get_future();
  reactor.post([&] { ran.set_value(std::this_thread::get_id()); });
  ASSERT_TRUE(arrives(future));
  EXPECT_NE(future.get(), std::this_thread::get_id());
}

TEST(ReactorTest, WatchFiresAsLongAsTheDescriptorIsReadable) {
  Reactor reactor;
  const Fd fd = event_fd();
  std::atomic<int> count{0};
  std::promise<void> thrice;
  auto future = thrice.get_future();
  const auto watch = reactor.watch(fd, [&] {
    if (++count != 3) return;
    std::uint64_t value = 0;
    EXPECT_EQ(::read(fd.get(), &value, sizeof value), 8);
    thrice.set_value();
  });
  raise_event(fd);
  ASSERT_TRUE(arrives(future));
  drain(reactor);
  EXPECT_EQ(count, 3);
}

TEST(ReactorTest, WatchOnceFiresOnceThoughTheDescriptorStaysReadable) {
  Reactor reactor;
  const Fd fd = event_fd();
  std::atomic<int> count{0};
  std::promise<void> fired;
  auto future = fired.get_future();
  const auto watch = reactor.watch_once(fd, [&] {
    if (++count == 1) fired.set_value();
  });
  raise_event(fd);
  ASSERT_TRUE(arrives(future));
  drain(reactor);
  drain(reactor);
  EXPECT_EQ(count, 1);
}

TEST(ReactorTest, TimersFireInTheOrderOfTheirTimes) {
  Reactor reactor;
  std::string order;
  std::promise<void> done;
  auto future = done.get_future();
  const auto late = reactor.after(20ms, [&] {
    order += "late";
    done.set_value();
  });
  const auto early = reactor.after(1ms, [&] { order += "early "; });
  ASSERT_TRUE(arrives(future));
  EXPECT_EQ(order, "early late");
}

TEST(ReactorTest, CancelledTimerDoesNotFire) {
  Reactor reactor;
  std::atomic<bool> fired{false};
  std::promise<void> later;
  auto future = later.get_future();
  auto cancelled = reactor.after(5ms, [&] { fired = true; });
  const auto after = reactor.after(10ms, [&] { later.set_value(); });
  cancelled.cancel();
  ASSERT_TRUE(arrives(future));
  EXPECT_FALSE(fired);
}

TEST(ReactorTest, WatchMayBeDroppedByItsOwnCallback) {
  Reactor reactor;
  const Fd fd = event_fd();
  std::atomic<int> count{0};
  auto watch = std::make_unique<Reactor::Watch>();
  std::promise<void> fired;
  auto future = fired.get_future();
  *watch = reactor.watch(fd, [&] {
    ++count;
    watch.reset();
    fired.set_value();
  });
  raise_event(fd);
  ASSERT_TRUE(arrives(future));
  drain(reactor);
  EXPECT_EQ(count, 1);
}

TEST(ReactorTest, CancelOnAnotherThreadWaitsForTheCallback) {
  Reactor reactor;
  const Fd fd = event_fd();
  std::promise<void> entered;
  auto has_entered = entered.get_future();
  std::promise<void> leave;
  std::atomic<bool> left{false};
  auto watch = reactor.watch_once(fd, [&, may_leave = leave.get_future().share()] {
    entered.set_value();
    may_leave.wait();
    left = true;
  });
  raise_event(fd);
  ASSERT_TRUE(arrives(has_entered));
  std::thread releaser([&] { leave.set_value(); });
  watch.cancel();
  EXPECT_TRUE(left);
  releaser.join();
}

TEST(ReactorTest, ThrowingCallbackDoesNotEndTheLoop) {
  Reactor reactor;
  reactor.post([] { throw std::runtime_error("on purpose"); });
  const auto timer = reactor.after(0ms, [] { fail(Kind::system, "on purpose too"); });
  drain(reactor);
  drain(reactor);
}

TEST(ReactorTest, SignalReachesItsCallback) {
  block_signals({SIGUSR1, SIGUSR2});
  Reactor reactor;
  std::promise<int> got;
  auto future = got.get_future();
  const auto other = reactor.on_signal(SIGUSR2, [&] { got.set_value(SIGUSR2); });
  const auto wanted = reactor.on_signal(SIGUSR1, [&] { got.set_value(SIGUSR1); });
  ::kill(::getpid(), SIGUSR1);
  ASSERT_TRUE(arrives(future));
  EXPECT_EQ(future.get(), SIGUSR1);
}

TEST(ReactorTest, WatchMayOutliveTheReactor) {
  const Fd fd = event_fd();
  Reactor::Watch watch;
  Reactor::Watch timer;
  {
    Reactor reactor;
    watch = reactor.watch(fd, [] {});
    timer = reactor.after(1h, [] {});
  }
  watch.cancel();
}

TEST(ReactorTest, DescriptorThatCannotBeWatchedIsAnError) {
  Reactor reactor;
  const Fd file = open_file("/proc/self/exe", O_RDONLY);
  EXPECT_THROW({ const auto watch = reactor.watch(file, [] {}); }, Error);
}

}  // namespace
}  // namespace mydock
