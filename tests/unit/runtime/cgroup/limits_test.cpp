#include "runtime/cgroup/limits.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::runtime::cgroup {

TEST(CgroupLimitsTest, SharesBecomeWeights) {
  for (const auto& [shares, weight] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 1}, {2, 1}, {1024, 100}, {262144, 10000}, {300000, 10000}}) {
    EXPECT_EQ(weight_of_shares(shares), weight) << shares;
  }
  EXPECT_LT(weight_of_shares(512), 100U);
  EXPECT_GT(weight_of_shares(2048), 100U);
}

TEST(CgroupLimitsTest, BlkioWeightSpansIoWeight) {
  EXPECT_EQ(io_weight(10), 1U);
  EXPECT_EQ(io_weight(1000), 10000U);
  EXPECT_EQ(io_weight(500), 4950U);
}

TEST(CgroupLimitsTest, V1WritesMemoryAndSwapInTheKernelsOrder) {
  oci::MemoryResources memory;
  memory.limit = 100;
  memory.swap = 200;
  const Values raised{{"memory.memsw.limit_in_bytes", "200"}, {"memory.limit_in_bytes", "100"}};
  const Values lowered{{"memory.limit_in_bytes", "100"}, {"memory.memsw.limit_in_bytes", "200"}};
  EXPECT_EQ(memory_values_v1(memory, 150), raised);
  EXPECT_EQ(memory_values_v1(memory, 1000), lowered);
  EXPECT_EQ(memory_values_v1(memory, {}), (Values{{"memory.limit_in_bytes", "100"}}));
  memory.swap = -1;
  EXPECT_EQ(memory_values_v1(memory, 1000)[0].second, "-1");
}

TEST(CgroupLimitsTest, V2SwapIsWhatIsLeftBesideMemory) {
  oci::MemoryResources memory;
  memory.limit = 100;
  memory.swap = 250;
  memory.reservation = 50;
  EXPECT_EQ(memory_values_v2(memory),
            (Values{{"memory.swap.max", "150"}, {"memory.max", "100"}, {"memory.low", "50"}}));
  memory.swap = -1;
  EXPECT_EQ(memory_values_v2(memory)[0].second, "max");
  memory.swap = 99;
  EXPECT_THROW(memory_values_v2(memory), Error);
  memory.limit.reset();
  EXPECT_THROW(memory_values_v2(memory), Error);
}

TEST(CgroupLimitsTest, CpuMaxKeepsTheHalfThatIsNotGiven) {
  oci::CpuResources cpu;
  cpu.quota = 50000;
  EXPECT_EQ(cpu_values_v2(cpu, "max 200000"), (Values{{"cpu.max", "50000 200000"}}));
  cpu.quota = -1;
  cpu.period = 100000;
  EXPECT_EQ(cpu_values_v2(cpu, "5 6"), (Values{{"cpu.max", "max 100000"}}));
  cpu.quota.reset();
  EXPECT_EQ(cpu_values_v2(cpu, "5 6"), (Values{{"cpu.max", "5 100000"}}));
  EXPECT_EQ(cpu_values_v2({}, "5 6"), Values());
}

TEST(CgroupLimitsTest, V1CpuNamesItsFiles) {
  oci::CpuResources cpu;
  cpu.shares = 512;
  cpu.period = 100000;
  cpu.quota = 25000;
  EXPECT_EQ(cpu_values_v1(cpu), (Values{{"cpu.shares", "512"},
                                        {"cpu.cfs_period_us", "100000"},
                                        {"cpu.cfs_quota_us", "25000"}}));
}

TEST(CgroupLimitsTest, ThrottlesNameTheDevice) {
  oci::BlockIoResources io;
  io.throttle_read_bps_device = {{8, 0, 1000}};
  io.throttle_write_iops_device = {{8, 16, 0}};
  EXPECT_EQ(throttle_values_v1(io), (Values{{"blkio.throttle.read_bps_device", "8:0 1000"},
                                            {"blkio.throttle.write_iops_device", "8:16 0"}}));
  EXPECT_EQ(throttle_values_v2(io),
            (Values{{"io.max", "8:0 rbps=1000"}, {"io.max", "8:16 wiops=max"}}));
}

TEST(CgroupLimitsTest, NoPidsLimitIsMax) {
  EXPECT_EQ(pids_value(0), "max");
  EXPECT_EQ(pids_value(-1), "max");
  EXPECT_EQ(pids_value(5), "5");
}

}  // namespace mydock::runtime::cgroup
