#include "engine/stats/sampler.h"

#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/task.h"

namespace mydock::engine {

namespace {

// A little less than the second between two samples of one follower.
constexpr std::chrono::milliseconds kFresh{900};

// A container on the host's network, or on that of one that is, has no counters of its own.
bool has_own_network(pid_t pid) {
  struct stat its {};
  struct stat ours {};
  if (::stat(fmt::format("/proc/{}/ns/net", pid).c_str(), &its) != 0) return false;
  if (::stat("/proc/self/ns/net", &ours) != 0) return false;
  return its.st_ino != ours.st_ino || its.st_dev != ours.st_dev;
}

}  // namespace

StatsSampler::StatsSampler(fs::path bundle, std::int64_t host_memory)
    : bundle_(std::move(bundle)),
      host_memory_(static_cast<std::uint64_t>(host_memory)),
      host_(runtime::CgroupHost::detect()) {}

std::optional<api::ContainerStats> StatsSampler::take(pid_t pid) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (pid == pid_ && last_ && now - at_ < kFresh) return last_;
  if (pid != pid_) {  // started anew, perhaps with another cgroup
    cgroup_ = runtime::cgroup_path_of(bundle_);
    pid_ = pid;
  }
  at_ = now;
  last_ = cgroup_.empty() ? std::nullopt : read(pid);
  return last_;
}

std::optional<api::ContainerStats> StatsSampler::read(pid_t pid) {
  const auto counted = runtime::read_stats(host_, cgroup_);
  if (!counted) return std::nullopt;
  api::ContainerStats stats = to_api(*counted, host_memory_);
  read_system_cpu(find_file("/proc/stat").value_or(std::string()), stats.cpu_stats);
  if (has_own_network(pid)) {
    auto networks =
        parse_net_dev(find_file(fmt::format("/proc/{}/net/dev", pid)).value_or(std::string()));
    if (!networks.empty()) stats.networks = std::move(networks);
  }
  stats.read = now();
  return stats;
}

}  // namespace mydock::engine
