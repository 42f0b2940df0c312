#include <gtest/gtest.h>

#include "engine/stats/sampler.h"

namespace mydock::engine {
namespace {

TEST(StatsTest, AllCpusTogetherAndHowManyThereAre) {
  api::CpuStats cpu;
  read_system_cpu(
      "cpu  1 2 3 4 5 6 7 100 100 0\ncpu0 1 1 1 1 1 1 1 0 0 0\ncpu1 0 1 2 3 4 5 6 0 0 0\nintr 9 "
      "9\n",
      cpu);
  EXPECT_EQ(cpu.system_cpu_usage, 280'000'000U);
  EXPECT_EQ(cpu.online_cpus, 2U);
}

TEST(StatsTest, WhatTheContainerReceivesIsRx) {
  const auto networks = parse_net_dev(
      "Inter-|   Receive                            |  Transmit\n"
      " face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop\n"
      "    lo:     9 9 9 9 0 0 0 0 9 9 9 9 0 0 0 0\n"
      "  eth0: 10 11 12 13 0 0 0 0 20 21 22 23 0 0 0 0\n");
  ASSERT_EQ(networks.size(), 1U);
  const api::NetworkStats& eth0 = networks.at("eth0");
  EXPECT_EQ(eth0.rx_bytes, 10U);
  EXPECT_EQ(eth0.rx_dropped, 13U);
  EXPECT_EQ(eth0.tx_bytes, 20U);
  EXPECT_EQ(eth0.tx_dropped, 23U);
}

TEST(StatsTest, NoLimitMeansTheHostsMemory) {
  runtime::ContainerStats counted;
  EXPECT_EQ(to_api(counted, 1000).memory_stats.limit, 1000U);
  counted.memory.limit = 5000;
  EXPECT_EQ(to_api(counted, 1000).memory_stats.limit, 1000U);
  counted.memory.limit = 500;
  EXPECT_EQ(to_api(counted, 1000).memory_stats.limit, 500U);
}

TEST(StatsTest, TheTwoVersionsOfCgroupsHaveTheirOwnShapes) {
  runtime::ContainerStats counted;
  counted.memory.max_usage = 7;
  const auto v1 = to_api(counted, 1);
  EXPECT_EQ(v1.memory_stats.max_usage, 7U);
  EXPECT_TRUE(v1.blkio_stats.io_serviced_recursive);
  EXPECT_TRUE(v1.blkio_stats.sectors_recursive);
  counted.v2 = true;
  const auto v2 = to_api(counted, 1);
  EXPECT_EQ(v2.memory_stats.max_usage, 0U);
  EXPECT_TRUE(v2.blkio_stats.io_service_bytes_recursive);
  EXPECT_FALSE(v2.blkio_stats.io_serviced_recursive);
}

}  // namespace
}  // namespace mydock::engine
