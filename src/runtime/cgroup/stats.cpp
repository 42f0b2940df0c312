#include "runtime/cgroup_stats.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "runtime/cgroup/detect.h"
#include "runtime/cgroup/group.h"

namespace mydock::runtime {

using namespace cgroup;

namespace {

constexpr std::uint64_t kMicro = 1000;       // v2 counts in microseconds
constexpr std::uint64_t kTick = 10'000'000;  // v1's cpuacct.stat counts in USER_HZ = 100
constexpr std::int64_t kNoLimit = std::int64_t{1} << 62;  // v1 says "none" by a huge number

std::uint64_t to_number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t number(const Fd& directory, std::string_view file) {
  return to_number(find_value(directory, file).value_or(""));
}

std::uint64_t limit(const Fd& directory, std::string_view file) {
  const auto value = find_number(directory, file);
  return !value || *value < 0 || *value >= kNoLimit ? 0 : static_cast<std::uint64_t>(*value);
}

std::map<std::string, std::uint64_t> keyed(const Fd& directory, std::string_view file) {
  std::map<std::string, std::uint64_t> all;
  for (const auto& line : split_words(find_value(directory, file).value_or(""), '\n')) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    all[line.substr(0, space)] = to_number(std::string_view(line).substr(space + 1));
  }
  return all;
}

void read_cpu_v2(const Fd& group, ContainerStats::Cpu& cpu) {
  auto stat = keyed(group, "cpu.stat");
  cpu.total = stat["usage_usec"] * kMicro;
  cpu.user = stat["user_usec"] * kMicro;
  cpu.kernel = stat["system_usec"] * kMicro;
  cpu.periods = stat["nr_periods"];
  cpu.throttled_periods = stat["nr_throttled"];
  cpu.throttled_time = stat["throttled_usec"] * kMicro;
}

void read_cpu_v1(const Fd& group, ContainerStats::Cpu& cpu) {
  auto stat = keyed(group, "cpu.stat");
  cpu.periods = stat["nr_periods"];
  cpu.throttled_periods = stat["nr_throttled"];
  cpu.throttled_time = stat["throttled_time"];
}

void read_cpuacct(const Fd& group, ContainerStats::Cpu& cpu) {
  cpu.total = number(group, "cpuacct.usage");
  auto stat = keyed(group, "cpuacct.stat");
  cpu.user = stat["user"] * kTick;
  cpu.kernel = stat["system"] * kTick;
  for (const auto& word :
       split_words(find_value(group, "cpuacct.usage_percpu").value_or(""), ' ')) {
    cpu.per_cpu.push_back(to_number(word));
  }
}

void read_memory_v2(const Fd& group, ContainerStats::Memory& memory) {
  memory.usage = number(group, "memory.current");
  memory.max_usage = number(group, "memory.peak");
  memory.limit = limit(group, "memory.max");
  memory.fail_count = find_keyed(group, "memory.events", "oom").value_or(0);
  memory.stat = keyed(group, "memory.stat");
}

void read_memory_v1(const Fd& group, ContainerStats::Memory& memory) {
  memory.usage = number(group, "memory.usage_in_bytes");
  memory.max_usage = number(group, "memory.max_usage_in_bytes");
  memory.limit = limit(group, "memory.limit_in_bytes");
  memory.fail_count = number(group, "memory.failcnt");
  memory.stat = keyed(group, "memory.stat");
}

ContainerStats::Io& row(std::vector<ContainerStats::Io>& io, std::string_view device,
                        std::string_view op) {
  const std::size_t colon = std::min(device.find(':'), device.size() - 1);
  const std::uint64_t major = to_number(device.substr(0, colon));
  const std::uint64_t minor = to_number(device.substr(colon + 1));
  for (auto& known : io) {
    if (known.major == major && known.minor == minor && known.op == op) return known;
  }
  return io.emplace_back(ContainerStats::Io{major, minor, std::string(op), 0, 0});
}

// "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0"
void read_io_v2(const Fd& group, std::vector<ContainerStats::Io>& io) {
  for (const auto& line : split_words(find_value(group, "io.stat").value_or(""), '\n')) {
    const auto words = split_words(line, ' ');
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string_view word = words[i];
      const std::uint64_t value = to_number(word.substr(std::min(word.find('=') + 1, word.size())));
      if (word.starts_with("rbytes=")) row(io, words[0], "read").bytes = value;
      if (word.starts_with("wbytes=")) row(io, words[0], "write").bytes = value;
      if (word.starts_with("rios=")) row(io, words[0], "read").operations = value;
      if (word.starts_with("wios=")) row(io, words[0], "write").operations = value;
    }
  }
}

// "8:0 Read 4096"
void read_io_v1(const Fd& group, std::vector<ContainerStats::Io>& io, const char* file,
                std::uint64_t ContainerStats::Io::*member) {
  for (const auto& line : split_words(find_value(group, file).value_or(""), '\n')) {
    const auto words = split_words(line, ' ');
    if (words.size() != 3) continue;
    row(io, words[0], words[1]).*member = to_number(words[2]);
  }
}

void read_group(const Cgroup::Group& group, ContainerStats& stats) {
  const Fd& directory = group.directory;
  if (group.hierarchy.v2) {
    // On a hybrid machine the v2 core counts cpu time too, but its controllers are elsewhere.
    if (group.serves("cpu")) read_cpu_v2(directory, stats.cpu);
    if (group.serves("memory")) {
      stats.v2 = true;
      read_memory_v2(directory, stats.memory);
    }
    if (group.serves("io")) read_io_v2(directory, stats.io);
  } else {
    if (group.serves("cpu")) read_cpu_v1(directory, stats.cpu);
    if (group.serves("cpuacct")) read_cpuacct(directory, stats.cpu);
    if (group.serves("memory")) read_memory_v1(directory, stats.memory);
    if (group.serves("blkio")) {
      read_io_v1(directory, stats.io, "blkio.throttle.io_service_bytes",
                 &ContainerStats::Io::bytes);
      read_io_v1(directory, stats.io, "blkio.throttle.io_serviced",
                 &ContainerStats::Io::operations);
    }
  }
  if (group.serves("pids")) {
    stats.pids.current = number(directory, "pids.current");
    stats.pids.limit = limit(directory, "pids.max");
  }
}

}  // namespace

std::optional<ContainerStats> read_stats(const CgroupHost& host, std::string_view path) {
  const Cgroup cgroup = Cgroup::open(host, path);
  if (!cgroup.exists()) return std::nullopt;
  ContainerStats stats;
  for (const auto& group : cgroup.groups()) read_group(group, stats);
  return stats;
}

}  // namespace mydock::runtime
