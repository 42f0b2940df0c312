#pragma once

#include <cstdint>

#include "api/json_types.h"

namespace mydock::api {

struct CpuUsage {  // nanoseconds
  std::uint64_t total_usage = 0;
  std::vector<std::uint64_t> percpu_usage;
  std::uint64_t usage_in_kernelmode = 0;
  std::uint64_t usage_in_usermode = 0;
};
template <class V>
void fields(V& v, Of<CpuUsage> auto& s) {
  v("total_usage", s.total_usage);
  v.omit_empty("percpu_usage", s.percpu_usage);
  v("usage_in_kernelmode", s.usage_in_kernelmode);
  v("usage_in_usermode", s.usage_in_usermode);
}

struct ThrottlingData {
  std::uint64_t periods = 0;
  std::uint64_t throttled_periods = 0;
  std::uint64_t throttled_time = 0;
};
template <class V>
void fields(V& v, Of<ThrottlingData> auto& s) {
  v("periods", s.periods);
  v("throttled_periods", s.throttled_periods);
  v("throttled_time", s.throttled_time);
}

struct CpuStats {
  CpuUsage cpu_usage;
  std::uint64_t system_cpu_usage = 0;
  std::uint32_t online_cpus = 0;
  ThrottlingData throttling_data;
};
template <class V>
void fields(V& v, Of<CpuStats> auto& s) {
  v("cpu_usage", s.cpu_usage);
  v.omit_empty("system_cpu_usage", s.system_cpu_usage);
  v.omit_empty("online_cpus", s.online_cpus);
  v("throttling_data", s.throttling_data);
}

struct MemoryStats {
  std::uint64_t usage = 0;
  std::uint64_t max_usage = 0;
  std::map<std::string, std::uint64_t> stats;
  std::uint64_t failcnt = 0;
  std::uint64_t limit = 0;
};
template <class V>
void fields(V& v, Of<MemoryStats> auto& s) {
  v.omit_empty("usage", s.usage);
  v.omit_empty("max_usage", s.max_usage);
  v.omit_empty("stats", s.stats);
  v.omit_empty("failcnt", s.failcnt);
  v.omit_empty("limit", s.limit);
}

struct PidsStats {
  std::uint64_t current = 0;
  std::uint64_t limit = 0;
};
template <class V>
void fields(V& v, Of<PidsStats> auto& s) {
  v.omit_empty("current", s.current);
  v.omit_empty("limit", s.limit);
}

struct BlkioEntry {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::string op;
  std::uint64_t value = 0;
};
template <class V>
void fields(V& v, Of<BlkioEntry> auto& s) {
  v("major", s.major);
  v("minor", s.minor);
  v("op", s.op);
  v("value", s.value);
}
using BlkioEntries = std::optional<std::vector<BlkioEntry>>;

struct BlkioStats {
  BlkioEntries io_service_bytes_recursive;
  BlkioEntries io_serviced_recursive;
  BlkioEntries io_queue_recursive;
  BlkioEntries io_service_time_recursive;
  BlkioEntries io_wait_time_recursive;
  BlkioEntries io_merged_recursive;
  BlkioEntries io_time_recursive;
  BlkioEntries sectors_recursive;
};
template <class V>
void fields(V& v, Of<BlkioStats> auto& s) {
  v("io_service_bytes_recursive", s.io_service_bytes_recursive);
  v("io_serviced_recursive", s.io_serviced_recursive);
  v("io_queue_recursive", s.io_queue_recursive);
  v("io_service_time_recursive", s.io_service_time_recursive);
  v("io_wait_time_recursive", s.io_wait_time_recursive);
  v("io_merged_recursive", s.io_merged_recursive);
  v("io_time_recursive", s.io_time_recursive);
  v("sectors_recursive", s.sectors_recursive);
}

}  // namespace mydock::api
