#include "runtime/cgroup/limits.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace mydock::runtime::cgroup {

namespace {

constexpr std::uint64_t kDefaultPeriod = 100'000;

std::string number_or_max(std::int64_t value) { return value < 0 ? "max" : std::to_string(value); }

void add(Values& values, std::string file, std::int64_t value) {
  values.emplace_back(std::move(file), std::to_string(value));
}

std::string device_of(const oci::ThrottleDevice& device) {
  return std::to_string(device.major) + ":" + std::to_string(device.minor);
}

}  // namespace

std::uint64_t weight_of_shares(std::uint64_t shares) {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const double log = std::log2(static_cast<double>(shares));
  return static_cast<std::uint64_t>(
      std::ceil(std::pow(10, (log * log + 125 * log) / 612.0 - 7.0 / 34.0)));
}

std::uint64_t io_weight(std::uint16_t blkio_weight) {
  const std::uint64_t weight = std::clamp<std::uint64_t>(blkio_weight, 10, 1000);
  return 1 + (weight - 10) * 9999 / 990;
}

Values memory_values_v1(const oci::MemoryResources& memory, std::optional<std::int64_t> current) {
  Values values;
  const char* limit_file = "memory.limit_in_bytes";
  const char* swap_file = "memory.memsw.limit_in_bytes";
  // No memsw file: the kernel does not account swap, and there is nothing to set.
  const bool swap = memory.swap && *memory.swap != 0 && current;
  const bool limit = memory.limit && *memory.limit != 0;
  const bool raises = swap && (*memory.swap < 0 || *memory.swap > *current);
  if (raises) add(values, swap_file, *memory.swap);
  if (limit) add(values, limit_file, *memory.limit);
  if (swap && !raises) add(values, swap_file, *memory.swap);
  if (memory.reservation && *memory.reservation != 0) {
    add(values, "memory.soft_limit_in_bytes", *memory.reservation);
  }
  if (memory.swappiness) {
    add(values, "memory.swappiness", static_cast<std::int64_t>(*memory.swappiness));
  }
  if (memory.disable_oom_killer && *memory.disable_oom_killer) add(values, "memory.oom_control", 1);
  return values;
}

Values memory_values_v2(const oci::MemoryResources& memory) {
  Values values;
  const std::int64_t limit = memory.limit.value_or(0);
  const std::int64_t swap = memory.swap.value_or(0);
  if (swap > 0 && limit <= 0) fail(Kind::invalid, "a swap limit needs a memory limit");
  if (swap > 0 && swap < limit) {
    fail(Kind::invalid, "the limit of memory and swap together is below the memory limit");
  }
  if (swap != 0) {
    values.emplace_back("memory.swap.max", swap < 0 ? "max" : std::to_string(swap - limit));
  }
  if (limit != 0) values.emplace_back("memory.max", number_or_max(limit));
  if (memory.reservation && *memory.reservation != 0) {
    values.emplace_back("memory.low", number_or_max(*memory.reservation));
  }
  return values;
}

Values cpu_values_v1(const oci::CpuResources& cpu) {
  Values values;
  if (cpu.shares && *cpu.shares != 0) {
    values.emplace_back("cpu.shares", std::to_string(*cpu.shares));
  }
  if (cpu.period && *cpu.period != 0) {
    values.emplace_back("cpu.cfs_period_us", std::to_string(*cpu.period));
  }
  if (cpu.quota && *cpu.quota != 0) {
    values.emplace_back("cpu.cfs_quota_us", std::to_string(std::max<std::int64_t>(*cpu.quota, -1)));
  }
  if (cpu.burst) values.emplace_back("cpu.cfs_burst_us", std::to_string(*cpu.burst));
  if (cpu.realtime_period && *cpu.realtime_period != 0) {
    values.emplace_back("cpu.rt_period_us", std::to_string(*cpu.realtime_period));
  }
  if (cpu.realtime_runtime && *cpu.realtime_runtime != 0) {
    values.emplace_back("cpu.rt_runtime_us", std::to_string(*cpu.realtime_runtime));
  }
  if (cpu.idle) values.emplace_back("cpu.idle", std::to_string(*cpu.idle));
  return values;
}

Values cpu_values_v2(const oci::CpuResources& cpu, const std::string& current) {
  Values values;
  if (cpu.shares && *cpu.shares != 0) {
    values.emplace_back("cpu.weight", std::to_string(weight_of_shares(*cpu.shares)));
  }
  const bool quota = cpu.quota && *cpu.quota != 0;
  const bool period = cpu.period && *cpu.period != 0;
  if (quota || period) {
    const std::size_t space = current.find(' ');
    const std::string old_quota = space == std::string::npos ? "max" : current.substr(0, space);
    const std::string old_period =
        space == std::string::npos ? std::to_string(kDefaultPeriod) : current.substr(space + 1);
    values.emplace_back("cpu.max", (quota ? number_or_max(*cpu.quota) : old_quota) + " " +
                                       (period ? std::to_string(*cpu.period) : old_period));
  }
  if (cpu.burst) values.emplace_back("cpu.max.burst", std::to_string(*cpu.burst));
  if (cpu.idle) values.emplace_back("cpu.idle", std::to_string(*cpu.idle));
  return values;
}

Values throttle_values_v1(const oci::BlockIoResources& io) {
  Values values;
  const auto each = [&](const char* file, const std::vector<oci::ThrottleDevice>& devices) {
    for (const auto& device : devices) {
      values.emplace_back(file, device_of(device) + " " + std::to_string(device.rate));
    }
  };
  each("blkio.throttle.read_bps_device", io.throttle_read_bps_device);
  each("blkio.throttle.write_bps_device", io.throttle_write_bps_device);
  each("blkio.throttle.read_iops_device", io.throttle_read_iops_device);
  each("blkio.throttle.write_iops_device", io.throttle_write_iops_device);
  return values;
}

Values throttle_values_v2(const oci::BlockIoResources& io) {
  Values values;
  const auto each = [&](const char* key, const std::vector<oci::ThrottleDevice>& devices) {
    for (const auto& device : devices) {
      const std::string rate = device.rate == 0 ? "max" : std::to_string(device.rate);
      values.emplace_back("io.max", device_of(device) + " " + key + "=" + rate);
    }
  };
  each("rbps", io.throttle_read_bps_device);
  each("wbps", io.throttle_write_bps_device);
  each("riops", io.throttle_read_iops_device);
  each("wiops", io.throttle_write_iops_device);
  return values;
}

std::string pids_value(std::int64_t limit) { return limit <= 0 ? "max" : std::to_string(limit); }

}  // namespace mydock::runtime::cgroup
