#include "cli/listing/stats.h"

#include <gtest/gtest.h>

namespace mydock::cli {
namespace {

api::ContainerStats sample() {
  api::ContainerStats s;
  s.id = std::string(64, 'a');
  s.name = "/web";
  s.precpu_stats.cpu_usage.total_usage = 100;
  s.precpu_stats.system_cpu_usage = 1000;
  s.cpu_stats.cpu_usage.total_usage = 200;
  s.cpu_stats.system_cpu_usage = 2000;
  s.cpu_stats.online_cpus = 4;
  s.memory_stats = {.usage = 3 << 20,
                    .max_usage = 0,
                    .stats = {{"total_inactive_file", 1 << 20}},
                    .failcnt = 0,
                    .limit = 8 << 20};
  s.pids_stats.current = 3;
  s.networks.emplace()["eth0"] = {.rx_bytes = 1500, .tx_bytes = 20};
  s.blkio_stats.io_service_bytes_recursive = {{8, 0, "Read", 4000}, {8, 0, "Total", 9000}};
  return s;
}

TEST(StatsRowTest, ComputesAsDockerDoes) {
  const api::ContainerStats s = sample();
  const Value row = stats_row("web", &s, true);
  EXPECT_EQ(row["CPUPerc"].text(), "40.00%");
  EXPECT_EQ(row["MemUsage"].text(), "2MiB / 8MiB");
  EXPECT_EQ(row["MemPerc"].text(), "25.00%");
  EXPECT_EQ(row["NetIO"].text(), "1.5kB / 20B");
  EXPECT_EQ(row["BlockIO"].text(), "4kB / 0B");
  EXPECT_EQ(row["PIDs"].text(), "3");
  EXPECT_EQ(row["ID"].text(), "aaaaaaaaaaaa");
  EXPECT_EQ(row["Name"].text(), "web");
}

TEST(StatsRowTest, OfWhatIsNotKnownSaysSo) {
  const Value row = stats_row("web", nullptr, true);
  EXPECT_EQ(row["CPUPerc"].text(), "--");
  EXPECT_EQ(row["MemUsage"].text(), "-- / --");
  EXPECT_EQ(row["Container"].text(), "web");
}

}  // namespace
}  // namespace mydock::cli
