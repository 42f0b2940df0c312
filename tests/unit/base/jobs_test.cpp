#include "base/jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "base/error.h"

namespace mydock {
namespace {

TEST(JobsTest, EveryQueuedJobRunsBeforeThePoolIsGone) {
  std::atomic<int> count{0};
  {
    Jobs jobs(3);
    for (int i = 0; i < 200; ++i) jobs.run("count", [&] { ++count; });
  }
  EXPECT_EQ(count, 200);
}

TEST(JobsTest, JobsRunSideBySide) {
  Jobs jobs(2);
  std::promise<void> first;
  std::promise<void> second;
  auto second_came = second.get_future();
  auto first_done = first.get_future();
  jobs.run("waits for the other", [&] {
    second_came.wait();
    first.set_value();
  });
  jobs.run("lets the other go", [&] { second.set_value(); });
  EXPECT_EQ(first_done.wait_for(std::chrono::seconds(5)), std::future_status::ready);
}

TEST(JobsTest, FailedJobDoesNotStopTheNext) {
  std::atomic<bool> ran{false};
  {
    Jobs jobs(1);
    jobs.run("fails", [] { fail(Kind::system, "on purpose"); });
    jobs.run("runs", [&] { ran = true; });
  }
  EXPECT_TRUE(ran);
}

TEST(JobsTest, JobMayQueueAnother) {
  std::atomic<bool> ran{false};
  {
    Jobs jobs(1);
    jobs.run("outer", [&] { jobs.run("inner", [&] { ran = true; }); });
  }
  EXPECT_TRUE(ran);
}

TEST(JobsTest, ClosedItRunsWhatWasQueuedAndNothingMore) {
  std::atomic<int> ran{0};
  Jobs jobs(2);
  for (int i = 0; i < 10; ++i) jobs.run("queued", [&] { ++ran; });
  jobs.close();
  EXPECT_EQ(ran, 10);
  jobs.run("late", [&] { ++ran; });
  jobs.close();
  EXPECT_EQ(ran, 10);
}

}  // namespace
}  // namespace mydock
