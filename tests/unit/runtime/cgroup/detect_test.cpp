#include "runtime/cgroup/detect.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::runtime {

namespace {

constexpr std::string_view kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
    "99 31 0:32 /a /mnt/b\\040c rw,relatime - cgroup cgroup rw,memory\n";

}  // namespace

TEST(CgroupHostTest, ReadsAHybridLayout) {
  CgroupHost host{cgroup::parse_mountinfo(kHybrid)};
  ASSERT_EQ(host.hierarchies.size(), 4U);
  EXPECT_EQ(host.mode(), CgroupMode::hybrid);
  EXPECT_EQ(host.find("cpuacct")->mountpoint, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(host.find("memory")->mountpoint, "/sys/fs/cgroup/memory");
  EXPECT_EQ(host.find("name=systemd")->controllers.size(), 1U);
  EXPECT_EQ(host.find("pids"), nullptr);
  EXPECT_EQ(host.unified()->mountpoint, "/sys/fs/cgroup/unified");
}

TEST(CgroupHostTest, ReadsAPureV2Layout) {
  CgroupHost host{cgroup::parse_mountinfo("31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")};
  host.hierarchies[0].controllers = {"cpu", "io", "memory"};
  EXPECT_EQ(host.mode(), CgroupMode::unified);
  EXPECT_EQ(host.find("blkio"), host.unified());
  EXPECT_EQ(host.find("cpuset"), nullptr);
}

TEST(CgroupHostTest, ReadsAPureV1LayoutWithOddMountPoints) {
  const CgroupHost host{
      cgroup::parse_mountinfo("1 2 0:1 / /c\\040g rw - cgroup cgroup rw,freezer\nrubbish\n")};
  EXPECT_EQ(host.mode(), CgroupMode::legacy);
  EXPECT_EQ(host.find("freezer")->mountpoint, "/c g");
}

TEST(CgroupPathTest, RefusesWhatIsNotAPlainPath) {
  for (const char* good : {"/a/b", "a", "/docker/0123", "/x//y/"}) {
    EXPECT_NO_THROW(check_cgroup_path(good)) << good;
  }
  const std::string nul("/a\0b", 4);
  for (const std::string& bad :
       {std::string(""), std::string("/"), std::string("/a/../b"), std::string(".."),
        std::string("/a/."), nul, std::string("/cgroup.procs"), std::string("/a\nb"),
        "/" + std::string(256, 'x')}) {
    EXPECT_THROW(check_cgroup_path(bad), Error) << bad;
  }
}

}  // namespace mydock::runtime
