#include "cli/listing/stats.h"

#include <fmt/format.h>

#include "api/units.h"
#include "base/id.h"

namespace mydock::cli {

namespace {

struct InOut {
  double in = 0;
  double out = 0;
};

InOut network_io(const api::ContainerStats& sample) {
  InOut sum;
  if (!sample.networks) return sum;
  for (const auto& [name, counters] : *sample.networks) {
    sum.in += static_cast<double>(counters.rx_bytes);
    sum.out += static_cast<double>(counters.tx_bytes);
  }
  return sum;
}

InOut block_io(const api::BlkioStats& stats) {
  InOut sum;
  if (!stats.io_service_bytes_recursive) return sum;
  for (const api::BlkioEntry& entry : *stats.io_service_bytes_recursive) {
    const char first = entry.op.empty() ? ' ' : entry.op.front();
    if (first == 'r' || first == 'R') sum.in += static_cast<double>(entry.value);
    if (first == 'w' || first == 'W') sum.out += static_cast<double>(entry.value);
  }
  return sum;
}

std::string in_out(const InOut& sum) {
  return api::human_size_short(sum.in) + " / " + api::human_size_short(sum.out);
}

ValueMap unknown_row() {
  return {{"BlockIO", "--"},       {"CPUPerc", "--"}, {"MemPerc", "--"},
          {"MemUsage", "-- / --"}, {"NetIO", "--"},   {"PIDs", "--"}};
}

ValueMap known_row(const api::ContainerStats& sample) {
  const auto used = static_cast<double>(memory_used(sample.memory_stats));
  const auto limit = static_cast<double>(sample.memory_stats.limit);
  return {{"BlockIO", in_out(block_io(sample.blkio_stats))},
          {"CPUPerc", fmt::format("{:.2f}%", cpu_percent(sample))},
          {"MemPerc", fmt::format("{:.2f}%", limit > 0 ? used / limit * 100 : 0)},
          {"MemUsage", api::binary_size(used) + " / " + api::binary_size(limit)},
          {"NetIO", in_out(network_io(sample))},
          {"PIDs", std::to_string(sample.pids_stats.current)}};
}

}  // namespace

double cpu_percent(const api::ContainerStats& sample) {
  const auto between = [](std::uint64_t now, std::uint64_t before) {
    return static_cast<double>(now) - static_cast<double>(before);
  };
  const double used =
      between(sample.cpu_stats.cpu_usage.total_usage, sample.precpu_stats.cpu_usage.total_usage);
  const double whole =
      between(sample.cpu_stats.system_cpu_usage, sample.precpu_stats.system_cpu_usage);
  if (used <= 0 || whole <= 0) return 0;
  double cpus = sample.cpu_stats.online_cpus;
  if (cpus == 0) cpus = static_cast<double>(sample.cpu_stats.cpu_usage.percpu_usage.size());
  return used / whole * cpus * 100;
}

std::uint64_t memory_used(const api::MemoryStats& memory) {
  for (const char* name : {"total_inactive_file", "inactive_file"}) {  // cgroup v1, v2
    const auto found = memory.stats.find(name);
    if (found == memory.stats.end()) continue;
    return found->second < memory.usage ? memory.usage - found->second : memory.usage;
  }
  return memory.usage;
}

Listing stats_listing() {
  Listing listing;
  listing.row_type = "*container.statsContext";
  listing.default_table =
      "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t"
      "{{.PIDs}}";
  listing.quiet = "{{.ID}}";
  listing.headers = {{"Container", "CONTAINER"},
                     {"ID", "CONTAINER ID"},
                     {"Name", "NAME"},
                     {"CPUPerc", "CPU %"},
                     {"MemUsage", "MEM USAGE / LIMIT"},
                     {"MemPerc", "MEM %"},
                     {"NetIO", "NET I/O"},
                     {"BlockIO", "BLOCK I/O"},
                     {"PIDs", "PIDS"}};
  return listing;
}

Value stats_row(const std::string& container, const api::ContainerStats* sample, bool truncate) {
  ValueMap row = sample == nullptr ? unknown_row() : known_row(*sample);
  std::string id = sample == nullptr ? "--" : sample->id;
  if (truncate) id = short_id(id);
  std::string name = sample == nullptr || sample->name.size() < 2 ? "--" : sample->name.substr(1);
  row.emplace_back("Container", container);
  row.emplace_back("ID", std::move(id));
  row.emplace_back("Name", std::move(name));
  return Value::map(std::move(row));
}

}  // namespace mydock::cli
