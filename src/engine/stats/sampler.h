#pragma once

#include <sys/types.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "api/container_stats.h"
#include "base/fd.h"
#include "runtime/cgroup_stats.h"

namespace mydock::engine {

// Reads what one container uses, at most once in a while, whoever asks.
class StatsSampler {
 public:
  // `bundle`: of the container; it names the cgroup. `host_memory`: what no limit means.
  StatsSampler(fs::path bundle, std::int64_t host_memory);
  StatsSampler(const StatsSampler&) = delete;
  StatsSampler& operator=(const StatsSampler&) = delete;

  // The counters of the run whose init is `pid`; members that compare with an earlier sample are
  // left empty. No value: that run has ended.
  std::optional<api::ContainerStats> take(pid_t pid);

 private:
  std::optional<api::ContainerStats> read(pid_t pid);

  const fs::path bundle_;
  const std::uint64_t host_memory_;
  const runtime::CgroupHost host_;
  std::mutex mutex_;  // one reader at a time; the others take what it has read
  pid_t pid_ = 0;
  std::string cgroup_;
  std::chrono::steady_clock::time_point at_;
  std::optional<api::ContainerStats> last_;
};

// The API's words for what the kernel counts.
api::ContainerStats to_api(const runtime::ContainerStats& counted, std::uint64_t host_memory);
// Of the first lines of /proc/stat: time of all CPUs in nanoseconds, and how many there are.
void read_system_cpu(std::string_view proc_stat, api::CpuStats& cpu);
// Of /proc/PID/net/dev, without the loopback interface.
std::map<std::string, api::NetworkStats> parse_net_dev(std::string_view text);

}  // namespace mydock::engine
