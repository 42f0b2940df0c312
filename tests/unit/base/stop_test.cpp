#include "base/stop.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "base/error.h"
#include "base/mutex.h"

namespace mydock {
namespace {

using namespace std::chrono_literals;

Kind refusal_kind(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.kind();
  }
  return Kind::system;
}

TEST(WaitForTest, TellsReadableFromTooLate) {
  const auto [reading, writing] = make_pipe();
  EXPECT_FALSE(wait_for(reading, POLLIN, {}, deadline_after(1ms)));
  write_all(writing, "x");
  EXPECT_TRUE(wait_for(reading, POLLIN, {}, deadline_after(5s)));
}

TEST(WaitForTest, HangUpCountsAsReadable) {
  auto [reading, writing] = make_pipe();
  writing.reset();
  EXPECT_TRUE(wait_for(reading, POLLIN, {}, deadline_after(5s)));
}

TEST(WaitForTest, StopEndsIt) {
  const auto pipe = make_pipe();
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(refusal_kind([&] { wait_for(pipe.first, POLLIN, stop.get_token()); }), Kind::cancelled);
  stopper.join();
}

TEST(ConditionTest, WakesForNotifyDeadlineAndStop) {
  Mutex mutex(Rank::leaf);
  Condition changed;
  bool ready = false;
  std::thread notifier([&] {
    const Lock lock(mutex);
    ready = true;
    changed.notify_all();
  });
  {
    const Lock lock(mutex);
    while (!ready) ASSERT_TRUE(changed.wait(mutex, {}, deadline_after(5s)));
    EXPECT_FALSE(changed.wait(mutex, {}, deadline_after(1ms)));
  }
  notifier.join();
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(refusal_kind([&] {
              const Lock lock(mutex);
              while (true) changed.wait(mutex, stop.get_token(), deadline_after(5s));
            }),
            Kind::cancelled);
  stopper.join();
}

#ifndef NDEBUG
TEST(MutexDeathTest, FallingRanksAbortInDebugBuilds) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  Mutex low(Rank::store);
  Mutex high(Rank::leaf);
  EXPECT_DEATH(
      {
        const Lock first(high);
        const Lock second(low);
      },
      "");
}
#endif

}  // namespace
}  // namespace mydock
