#include "engine/health/health_check.h"

#include <gtest/gtest.h>

namespace mydock::engine {
namespace {

using std::chrono::seconds;

const Time kStarted = Time{} + seconds(1000);

api::HealthProbe result(int code, seconds after = seconds(60)) {
  return {.start = kStarted + after, .end = kStarted + after, .exit_code = code, .output = {}};
}

HealthTimes times(seconds start_period = seconds(0)) {
  api::Healthcheck check;
  check.start_period = std::chrono::nanoseconds(start_period).count();
  return HealthTimes(check);
}

TEST(HealthCheckTest, TheCommandIsOfOneOfTwoKinds) {
  struct Case {
    api::Strings test;
    std::optional<api::Strings> command;
  };
  const Case cases[] = {{{"CMD", "a", "b"}, api::Strings{"a", "b"}},
                        {{"CMD-SHELL", "exit 1"}, api::Strings{"/bin/sh", "-c", "exit 1"}},
                        {{"NONE"}, {}},
                        {{}, {}},
                        {{"CMD"}, {}},
                        {{"OTHER", "x"}, {}}};
  for (const Case& c : cases) {
    api::ContainerConfig config;
    config.healthcheck.emplace().test = c.test;
    EXPECT_EQ(probe_command(config), c.command) << ::testing::PrintToString(c.test);
    EXPECT_EQ(first_health(config).has_value(), c.command.has_value());
  }
  api::ContainerConfig config;
  config.shell = {"/bin/bash", "-xc"};
  config.healthcheck.emplace().test = {"CMD-SHELL", "true"};
  EXPECT_EQ(probe_command(config), (api::Strings{"/bin/bash", "-xc", "true"}));
}

TEST(HealthCheckTest, ThreeFailuresInARowMakeItUnhealthyAndOneSuccessHealthy) {
  api::Health health{.status = "starting", .failing_streak = 0, .log = {}};
  for (const char* expected : {"starting", "starting", "unhealthy", "unhealthy"}) {
    take_result(health, result(1), times(), kStarted);
    EXPECT_EQ(health.status, expected);
  }
  EXPECT_EQ(health.failing_streak, 4);
  take_result(health, result(0), times(), kStarted);
  EXPECT_EQ(health.status, "healthy");
  EXPECT_EQ(health.failing_streak, 0);
}

TEST(HealthCheckTest, FailuresInTheStartPeriodDoNotCountUntilItWasHealthy) {
  api::Health health{.status = "starting", .failing_streak = 0, .log = {}};
  for (int i = 0; i < 5; ++i)
    take_result(health, result(1, seconds(5)), times(seconds(10)), kStarted);
  EXPECT_EQ(health.status, "starting");
  EXPECT_EQ(health.failing_streak, 0);
  take_result(health, result(0, seconds(6)), times(seconds(10)), kStarted);
  take_result(health, result(1, seconds(7)), times(seconds(10)), kStarted);
  EXPECT_EQ(health.failing_streak, 1);
}

TEST(HealthCheckTest, FiveResultsAreKept) {
  api::Health health{.status = "starting", .failing_streak = 0, .log = {}};
  for (int code = 1; code <= 7; ++code) take_result(health, result(code), times(), kStarted);
  ASSERT_EQ(health.log.size(), 5U);
  EXPECT_EQ(health.log.front().exit_code, 3);
  EXPECT_EQ(health.log.back().exit_code, 7);
}

TEST(HealthCheckTest, ProbesComeFasterWhileItStarts) {
  const api::Health starting{.status = "starting", .failing_streak = 0, .log = {}};
  const api::Health healthy{.status = "healthy", .failing_streak = 0, .log = {}};
  const HealthTimes t = times(seconds(20));
  EXPECT_EQ(next_probe(t, starting, seconds(3)), seconds(5));
  EXPECT_EQ(next_probe(t, starting, seconds(21)), seconds(30));
  EXPECT_EQ(next_probe(t, healthy, seconds(3)), seconds(30));
  EXPECT_EQ(next_probe(times(), starting, seconds(0)), seconds(30));
}

}  // namespace
}  // namespace mydock::engine
