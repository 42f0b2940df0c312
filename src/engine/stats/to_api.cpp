#include <algorithm>
#include <array>
#include <charconv>

#include "engine/stats/sampler.h"

namespace mydock::engine {

namespace {

constexpr std::uint64_t kTick = 10'000'000;  // /proc/stat counts in USER_HZ = 100

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

// The numbers of a line, as many as there is room for; the rest stays 0.
template <std::size_t N>
std::array<std::uint64_t, N> numbers(std::string_view line) {
  std::array<std::uint64_t, N> values{};
  for (std::uint64_t& value : values) {
    const std::size_t start = line.find_first_of("0123456789");
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc()) break;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  }
  return values;
}

api::BlkioStats blkio_of(const runtime::ContainerStats& counted) {
  api::BlkioStats blkio;
  std::vector<api::BlkioEntry> bytes;
  std::vector<api::BlkioEntry> operations;
  for (const auto& row : counted.io) {
    bytes.push_back({.major = row.major, .minor = row.minor, .op = row.op, .value = row.bytes});
    operations.push_back(
        {.major = row.major, .minor = row.minor, .op = row.op, .value = row.operations});
  }
  blkio.io_service_bytes_recursive = std::move(bytes);
  if (counted.v2) return blkio;
  blkio.io_serviced_recursive = std::move(operations);
  for (auto* list :
       {&blkio.io_queue_recursive, &blkio.io_service_time_recursive, &blkio.io_wait_time_recursive,
        &blkio.io_merged_recursive, &blkio.io_time_recursive, &blkio.sectors_recursive}) {
    list->emplace();
  }
  return blkio;
}

}  // namespace

api::ContainerStats to_api(const runtime::ContainerStats& counted, std::uint64_t host_memory) {
  api::ContainerStats stats;
  api::CpuStats& cpu = stats.cpu_stats;
  cpu.cpu_usage = {.total_usage = counted.cpu.total,
                   .percpu_usage = counted.cpu.per_cpu,
                   .usage_in_kernelmode = counted.cpu.kernel,
                   .usage_in_usermode = counted.cpu.user};
  cpu.throttling_data = {.periods = counted.cpu.periods,
                         .throttled_periods = counted.cpu.throttled_periods,
                         .throttled_time = counted.cpu.throttled_time};
  const std::uint64_t limit = counted.memory.limit;
  stats.memory_stats = {.usage = counted.memory.usage,
                        .max_usage = counted.v2 ? 0 : counted.memory.max_usage,
                        .stats = counted.memory.stat,
                        .failcnt = counted.memory.fail_count,
                        .limit = limit == 0 ? host_memory : std::min(limit, host_memory)};
  stats.pids_stats = {.current = counted.pids.current, .limit = counted.pids.limit};
  stats.blkio_stats = blkio_of(counted);
  return stats;
}

void read_system_cpu(std::string_view proc_stat, api::CpuStats& cpu) {
  constexpr std::size_t kColumns = 7;  // user nice system idle iowait irq softirq
  while (proc_stat.starts_with("cpu")) {
    const std::string_view line = next_line(proc_stat);
    if (!line.starts_with("cpu ")) {
      ++cpu.online_cpus;
      continue;
    }
    for (const std::uint64_t ticks : numbers<kColumns>(line)) cpu.system_cpu_usage += ticks * kTick;
  }
}

std::map<std::string, api::NetworkStats> parse_net_dev(std::string_view text) {
  std::map<std::string, api::NetworkStats> all;
  while (!text.empty()) {
    std::string_view line = next_line(text);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;  // the two lines of titles
    const std::size_t start = line.find_first_not_of(' ');
    const std::string name(line.substr(start, colon - start));
    if (name == "lo") continue;
    const auto n = numbers<16>(line.substr(colon + 1));
    all[name] = {.rx_bytes = n[0],
                 .rx_packets = n[1],
                 .rx_errors = n[2],
                 .rx_dropped = n[3],
                 .tx_bytes = n[8],
                 .tx_packets = n[9],
                 .tx_errors = n[10],
                 .tx_dropped = n[11]};
  }
  return all;
}

}  // namespace mydock::engine
