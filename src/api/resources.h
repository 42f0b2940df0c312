#pragma once

#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

struct WeightDevice {
  std::string path;
  std::uint16_t weight = 0;
  bool operator==(const WeightDevice&) const = default;
};
template <class V>
void fields(V& v, Of<WeightDevice> auto& s) {
  v("Path", s.path);
  v("Weight", s.weight);
}

struct ThrottleDevice {
  std::string path;
  std::uint64_t rate = 0;  // bytes or operations a second
  bool operator==(const ThrottleDevice&) const = default;
};
template <class V>
void fields(V& v, Of<ThrottleDevice> auto& s) {
  v("Path", s.path);
  v("Rate", s.rate);
}
using ThrottleDevices = std::optional<std::vector<ThrottleDevice>>;

struct DeviceMapping {
  std::string path_on_host;
  std::string path_in_container;
  std::string cgroup_permissions;
  bool operator==(const DeviceMapping&) const = default;
};
template <class V>
void fields(V& v, Of<DeviceMapping> auto& s) {
  v("PathOnHost", s.path_on_host);
  v("PathInContainer", s.path_in_container);
  v("CgroupPermissions", s.cgroup_permissions);
}

struct DeviceRequest {
  std::string driver;
  std::int64_t count = 0;
  std::optional<Strings> device_ids;
  std::optional<std::vector<Strings>> capabilities;
  std::optional<StringMap> options;
  bool operator==(const DeviceRequest&) const = default;
};
template <class V>
void fields(V& v, Of<DeviceRequest> auto& s) {
  v("Driver", s.driver);
  v("Count", s.count);
  v("DeviceIDs", s.device_ids);
  v("Capabilities", s.capabilities);
  v("Options", s.options);
}

struct Ulimit {
  std::string name;
  std::int64_t hard = 0;
  std::int64_t soft = 0;
  bool operator==(const Ulimit&) const = default;
};
template <class V>
void fields(V& v, Of<Ulimit> auto& s) {
  v("Name", s.name);
  v("Hard", s.hard);
  v("Soft", s.soft);
}

// The limits: members of HostConfig, and the body of update. Sizes in bytes; 0: not set.
struct Resources {
  std::int64_t cpu_shares = 0;
  std::int64_t memory = 0;
  std::int64_t nano_cpus = 0;
  std::string cgroup_parent;
  std::uint16_t blkio_weight = 0;
  std::optional<std::vector<WeightDevice>> blkio_weight_device;
  ThrottleDevices blkio_device_read_bps;
  ThrottleDevices blkio_device_write_bps;
  ThrottleDevices blkio_device_read_iops;
  ThrottleDevices blkio_device_write_iops;
  std::int64_t cpu_period = 0;  // microseconds, as the next three
  std::int64_t cpu_quota = 0;
  std::int64_t cpu_realtime_period = 0;
  std::int64_t cpu_realtime_runtime = 0;
  std::string cpuset_cpus;
  std::string cpuset_mems;
  std::optional<std::vector<DeviceMapping>> devices;
  std::optional<Strings> device_cgroup_rules;
  std::optional<std::vector<DeviceRequest>> device_requests;
  std::int64_t memory_reservation = 0;
  std::int64_t memory_swap = 0;  // memory and swap together; -1: no limit
  std::optional<std::int64_t> memory_swappiness;
  std::optional<bool> oom_kill_disable;
  std::optional<std::int64_t> pids_limit;
  std::optional<std::vector<Ulimit>> ulimits;
  std::int64_t cpu_count = 0;  // this and the rest: Windows only
  std::int64_t cpu_percent = 0;
  std::uint64_t io_maximum_iops = 0;
  std::uint64_t io_maximum_bandwidth = 0;
  bool operator==(const Resources&) const = default;
};
template <class V>
void fields(V& v, Of<Resources> auto& s) {
  v("CpuShares", s.cpu_shares);
  v("Memory", s.memory);
  v("NanoCpus", s.nano_cpus);
  v("CgroupParent", s.cgroup_parent);
  v("BlkioWeight", s.blkio_weight);
  v("BlkioWeightDevice", s.blkio_weight_device);
  v("BlkioDeviceReadBps", s.blkio_device_read_bps);
  v("BlkioDeviceWriteBps", s.blkio_device_write_bps);
  v("BlkioDeviceReadIOps", s.blkio_device_read_iops);
  v("BlkioDeviceWriteIOps", s.blkio_device_write_iops);
  v("CpuPeriod", s.cpu_period);
  v("CpuQuota", s.cpu_quota);
  v("CpuRealtimePeriod", s.cpu_realtime_period);
  v("CpuRealtimeRuntime", s.cpu_realtime_runtime);
  v("CpusetCpus", s.cpuset_cpus);
  v("CpusetMems", s.cpuset_mems);
  v("Devices", s.devices);
  v("DeviceCgroupRules", s.device_cgroup_rules);
  v("DeviceRequests", s.device_requests);
  v("MemoryReservation", s.memory_reservation);
  v("MemorySwap", s.memory_swap);
  v("MemorySwappiness", s.memory_swappiness);
  v("OomKillDisable", s.oom_kill_disable);
  v("PidsLimit", s.pids_limit);
  v("Ulimits", s.ulimits);
  v("CpuCount", s.cpu_count);
  v("CpuPercent", s.cpu_percent);
  v("IOMaximumIOps", s.io_maximum_iops);
  v("IOMaximumBandwidth", s.io_maximum_bandwidth);
}

}  // namespace mydock::api
