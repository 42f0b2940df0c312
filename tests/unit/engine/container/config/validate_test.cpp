#include "engine/container/config/validate.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "engine/container/config/host_defaults.h"
#include "engine/container/restart_policy.h"

namespace mydock::engine {
namespace {

HostFacts facts() {
  HostFacts host;
  host.cpus = 4;
  host.online_cpus = "0-3";
  host.runtimes = {"runc"};
  return host;
}

struct Case {
  std::function<void(api::ContainerCreate&)> change;
  std::string message;  // empty: accepted
};

void check_case(const Case& c) {
  api::ContainerCreate create;
  c.change(create);
  apply_defaults(create.host_config, {}, false);
  api::Strings warnings;
  try {
    validate_create(create.config, create.host_config, facts(), warnings);
    EXPECT_EQ(c.message, "");
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), c.message);
    EXPECT_EQ(error.kind(), Kind::invalid);
  }
}

TEST(ValidateTest, DockersTexts) {
  const std::vector<Case> cases{
      {[](auto&) {}, ""},
      {[](auto& c) { c.config.stop_signal = "NOPE"; }, "invalid signal: NOPE"},
      {[](auto& c) { c.config.env = api::Strings{"=x"}; }, "invalid environment variable: =x"},
      {[](auto& c) { c.config.working_dir = "x"; },
       "the working directory 'x' is invalid, it needs to be an absolute path"},
      {[](auto& c) { c.config.healthcheck = api::Healthcheck{.test = {}, .interval = 5}; },
       "Interval in Healthcheck cannot be less than 1ms"},
      {[](auto& c) { c.config.healthcheck = api::Healthcheck{.test = {}, .retries = -1}; },
       "Retries in Healthcheck cannot be negative"},
      {[](auto& c) {
         c.host_config.auto_remove = true;
         c.host_config.restart_policy.name = "always";
       },
       "can't create 'AutoRemove' container with restart policy"},
      {[](auto& c) { c.host_config.restart_policy.name = "x"; },
       "invalid restart policy: unknown policy 'x'; use one of 'no', 'always', 'on-failure', or "
       "'unless-stopped'"},
      {[](auto& c) {
         c.host_config.restart_policy = {"always", 3};
       },
       "invalid restart policy: maximum retry count can only be used with 'on-failure'"},
      {[](auto& c) {
         c.host_config.restart_policy = {"on-failure", -1};
       },
       "invalid restart policy: maximum retry count cannot be negative"},
      {[](auto& c) { c.host_config.resources.memory = 1024; },
       "Minimum memory limit allowed is 6MB"},
      {[](auto& c) {
         c.host_config.resources.memory = 64 << 20;
         c.host_config.resources.memory_swap = 32 << 20;
       },
       "Minimum memoryswap limit should be larger than memory limit, see usage"},
      {[](auto& c) { c.host_config.resources.memory_swap = 64 << 20; },
       "You should always set the Memory limit when using Memoryswap limit, see usage"},
      {[](auto& c) { c.host_config.resources.memory_swappiness = 200; },
       "Invalid value: 200, valid memory swappiness range is 0-100"},
      {[](auto& c) { c.host_config.resources.nano_cpus = 9'000'000'000; },
       "range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"},
      {[](auto& c) {
         c.host_config.resources.nano_cpus = 1'000'000'000;
         c.host_config.resources.cpu_period = 100'000;
       },
       "Conflicting options: Nano CPUs and CPU Period cannot both be set"},
      {[](auto& c) { c.host_config.resources.cpuset_cpus = "9"; },
       "Requested CPUs are not available - requested 9, available: 0-3"},
      {[](auto& c) { c.host_config.resources.blkio_weight = 5; },
       "Range of blkio weight is from 10 to 1000"},
      {[](auto& c) { c.host_config.oom_score_adj = 2000; },
       "Invalid value 2000, range for oom score adj is [-1000, 1000]"},
      {[](auto& c) { c.host_config.runtime = "x"; }, "unknown or invalid runtime name: x"},
      {[](auto& c) { c.host_config.security_opt = api::Strings{"x"}; },
       "invalid --security-opt 1: \"x\""},
      {[](auto& c) { c.host_config.security_opt = api::Strings{"x=y"}; },
       "invalid --security-opt 2: \"x=y\""},
      {[](auto& c) {
         c.host_config.network_mode = "container:x";
         c.config.hostname = "h";
       },
       "conflicting options: hostname and the network mode"},
      {[](auto& c) {
         c.host_config.network_mode = "container:x";
         c.host_config.port_bindings["80/tcp"];
       },
       "conflicting options: port publishing and the container type network mode"},
      {[](auto& c) { c.host_config.log_config.type = "nope"; },
       "error looking up logging plugin nope: plugin \"nope\" not found"},
      {[](auto& c) {
         c.host_config.log_config = {"json-file", {{"x", "y"}}};
       },
       "unknown log opt 'x' for json-file log driver"},
  };
  for (const Case& c : cases) check_case(c);
}

TEST(ValidateTest, CpuListsAreRangesAndNumbers) {
  EXPECT_EQ(parse_cpu_list("0-2,5,1"), (std::vector<int>{0, 1, 2, 5}));
  for (const char* bad : {"x", "3-1", "1-", "99999"}) EXPECT_THROW(parse_cpu_list(bad), Error);
}

TEST(RestartPolicyTest, WhoIsRestarted) {
  const auto asks = [](const char* policy, int code, int count, bool manual, bool daemon) {
    return should_restart({policy, 3}, {code, count, manual, daemon});
  };
  EXPECT_FALSE(asks("no", 1, 0, false, false));
  EXPECT_TRUE(asks("always", 0, 0, false, false));
  EXPECT_FALSE(asks("always", 0, 0, true, false));
  EXPECT_TRUE(asks("always", 0, 0, true, true));
  EXPECT_FALSE(asks("unless-stopped", 0, 0, true, true));
  EXPECT_TRUE(asks("unless-stopped", 0, 0, false, true));
  EXPECT_FALSE(asks("on-failure", 0, 0, false, false));
  EXPECT_TRUE(asks("on-failure", 1, 2, false, false));
  EXPECT_FALSE(asks("on-failure", 1, 3, false, false));
}

TEST(RestartPolicyTest, DelaysDoubleToAMinuteAndStartAnew) {
  using namespace std::chrono_literals;
  EXPECT_EQ(next_delay(0ms, 1s), 100ms);
  EXPECT_EQ(next_delay(100ms, 1s), 200ms);
  EXPECT_EQ(next_delay(50'000ms, 1s), 60'000ms);
  EXPECT_EQ(next_delay(50'000ms, 10s), 100ms);
}

}  // namespace
}  // namespace mydock::engine
