#include "engine/container/config/resources.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::int64_t kPeriod = 100'000;  // microseconds; the kernel's own default

oci::MemoryResources memory_of(const api::Resources& r) {
  oci::MemoryResources memory;
  if (r.memory != 0) memory.limit = r.memory;
  if (r.memory_reservation != 0) memory.reservation = r.memory_reservation;
  if (r.memory_swap != 0) memory.swap = r.memory_swap;
  if (r.memory_swappiness) memory.swappiness = static_cast<std::uint64_t>(*r.memory_swappiness);
  if (r.oom_kill_disable.value_or(false)) memory.disable_oom_killer = true;
  return memory;
}

oci::CpuResources cpu_of(const api::Resources& r) {
  oci::CpuResources cpu;
  if (r.cpu_shares != 0) cpu.shares = static_cast<std::uint64_t>(r.cpu_shares);
  if (r.nano_cpus > 0) {
    cpu.period = kPeriod;
    cpu.quota = r.nano_cpus * kPeriod / 1'000'000'000;
  }
  if (r.cpu_period != 0) cpu.period = static_cast<std::uint64_t>(r.cpu_period);
  if (r.cpu_quota != 0) cpu.quota = r.cpu_quota;
  if (r.cpu_realtime_period != 0) {
    cpu.realtime_period = static_cast<std::uint64_t>(r.cpu_realtime_period);
  }
  if (r.cpu_realtime_runtime != 0) cpu.realtime_runtime = r.cpu_realtime_runtime;
  cpu.cpus = r.cpuset_cpus;
  cpu.mems = r.cpuset_mems;
  return cpu;
}

struct stat stat_device(const std::string& path) {
  struct stat found {};
  check(::stat(path.c_str(), &found), "stat {}", path);
  return found;
}

std::vector<oci::ThrottleDevice> throttle_of(const api::ThrottleDevices& devices) {
  std::vector<oci::ThrottleDevice> list;
  if (!devices) return list;
  for (const api::ThrottleDevice& device : *devices) {
    const struct stat found = stat_device(device.path);
    list.push_back({.major = static_cast<std::int64_t>(major(found.st_rdev)),
                    .minor = static_cast<std::int64_t>(minor(found.st_rdev)),
                    .rate = device.rate});
  }
  return list;
}

oci::BlockIoResources block_io_of(const api::Resources& r) {
  oci::BlockIoResources io;
  if (r.blkio_weight != 0) io.weight = r.blkio_weight;
  if (r.blkio_weight_device) {
    for (const api::WeightDevice& device : *r.blkio_weight_device) {
      const struct stat found = stat_device(device.path);
      io.weight_device.push_back({.major = static_cast<std::int64_t>(major(found.st_rdev)),
                                  .minor = static_cast<std::int64_t>(minor(found.st_rdev)),
                                  .weight = device.weight,
                                  .leaf_weight = {}});
    }
  }
  io.throttle_read_bps_device = throttle_of(r.blkio_device_read_bps);
  io.throttle_write_bps_device = throttle_of(r.blkio_device_write_bps);
  io.throttle_read_iops_device = throttle_of(r.blkio_device_read_iops);
  io.throttle_write_iops_device = throttle_of(r.blkio_device_write_iops);
  return io;
}

template <class T>
void take(T& mine, const T& change) {
  if (change != T{}) mine = change;
}

void merge_cpu(api::Resources& mine, const api::Resources& changes) {
  const auto refuse = [](std::string_view what, std::string_view other) {
    fail(Kind::conflict, "Conflicting options: {} cannot be updated as {} has already been set",
         what, other);
  };
  if (mine.nano_cpus > 0 && changes.cpu_period > 0) refuse("CPU Period", "NanoCPUs");
  if (mine.nano_cpus > 0 && changes.cpu_quota > 0) refuse("CPU Quota", "NanoCPUs");
  if (mine.cpu_quota > 0 && changes.nano_cpus > 0) refuse("Nano CPUs", "CPU Quota");
  if (mine.cpu_period > 0 && changes.nano_cpus > 0) refuse("Nano CPUs", "CPU Period");
  take(mine.cpu_shares, changes.cpu_shares);
  take(mine.cpu_period, changes.cpu_period);
  take(mine.cpu_quota, changes.cpu_quota);
  take(mine.cpu_realtime_period, changes.cpu_realtime_period);
  take(mine.cpu_realtime_runtime, changes.cpu_realtime_runtime);
  take(mine.cpuset_cpus, changes.cpuset_cpus);
  take(mine.cpuset_mems, changes.cpuset_mems);
  take(mine.nano_cpus, changes.nano_cpus);
}

void merge_memory(api::Resources& mine, const api::Resources& changes) {
  if (changes.memory != 0 && mine.memory_swap > 0 && changes.memory_swap == 0 &&
      changes.memory > mine.memory_swap) {
    fail(Kind::conflict,
         "Memory limit should be smaller than already set memoryswap limit, update the memoryswap "
         "at the same time");
  }
  take(mine.memory, changes.memory);
  take(mine.memory_swap, changes.memory_swap);
  take(mine.memory_reservation, changes.memory_reservation);
}

}  // namespace

oci::LinuxResources to_oci(const api::Resources& resources) {
  oci::LinuxResources result;
  if (const auto memory = memory_of(resources); memory != oci::MemoryResources{}) {
    result.memory = memory;
  }
  if (auto cpu = cpu_of(resources); cpu != oci::CpuResources{}) result.cpu = std::move(cpu);
  if (auto io = block_io_of(resources); io != oci::BlockIoResources{}) {
    result.block_io = std::move(io);
  }
  if (resources.pids_limit && *resources.pids_limit > 0) {
    result.pids = oci::PidsResources{*resources.pids_limit};
  }
  return result;
}

void apply_defaults(api::Resources& r, bool cgroup_v2) {
  if (r.memory > 0 && r.memory_swap == 0) r.memory_swap = r.memory * 2;
  if (r.memory_swappiness == -1) r.memory_swappiness.reset();
  if (r.pids_limit && *r.pids_limit <= 0) r.pids_limit.reset();
  if (cgroup_v2) {
    if (r.oom_kill_disable == false) r.oom_kill_disable.reset();
  } else if (!r.oom_kill_disable) {
    r.oom_kill_disable = false;
  }
}

void merge_update(api::Resources& mine, const api::Resources& changes) {
  merge_cpu(mine, changes);
  merge_memory(mine, changes);
  take(mine.blkio_weight, changes.blkio_weight);
  take(mine.blkio_weight_device, changes.blkio_weight_device);
  take(mine.blkio_device_read_bps, changes.blkio_device_read_bps);
  take(mine.blkio_device_write_bps, changes.blkio_device_write_bps);
  take(mine.blkio_device_read_iops, changes.blkio_device_read_iops);
  take(mine.blkio_device_write_iops, changes.blkio_device_write_iops);
  if (changes.pids_limit && *changes.pids_limit != 0) {
    mine.pids_limit = changes.pids_limit;
    if (*mine.pids_limit < 0) mine.pids_limit.reset();
  }
}

}  // namespace mydock::engine
