#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cgroup.h"

namespace mydock::runtime {

// What the kernel counts for a container; absent controllers leave zeros. Times in nanoseconds.
struct ContainerStats {
  struct Cpu {
    std::uint64_t total = 0;
    std::uint64_t user = 0;
    std::uint64_t kernel = 0;
    std::vector<std::uint64_t> per_cpu;  // v1 only
    std::uint64_t periods = 0;
    std::uint64_t throttled_periods = 0;
    std::uint64_t throttled_time = 0;
  };
  struct Memory {
    std::uint64_t usage = 0;
    std::uint64_t max_usage = 0;
    std::uint64_t limit = 0;  // 0: none
    std::uint64_t fail_count = 0;
    std::map<std::string, std::uint64_t> stat;  // memory.stat, as it is
  };
  struct Pids {
    std::uint64_t current = 0;
    std::uint64_t limit = 0;  // 0: none
  };
  struct Io {  // one row a device and direction
    std::uint64_t major = 0;
    std::uint64_t minor = 0;
    std::string op;  // v2: "read", "write"; v1: the kernel's words, "Read", "Sync", "Total", …
    std::uint64_t bytes = 0;
    std::uint64_t operations = 0;
  };
  bool v2 = false;  // of the memory controller: its memory.stat has v2's keys
  Cpu cpu;
  Memory memory;
  Pids pids;
  std::vector<Io> io;
};

// Reads them now. No value: the container has no cgroup (it ended). Cost: about ten small files.
std::optional<ContainerStats> read_stats(const CgroupHost& host, std::string_view path);

}  // namespace mydock::runtime
