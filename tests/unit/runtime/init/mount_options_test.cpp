#include "runtime/init/mount_options.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

namespace mydock::runtime::init {
namespace {

TEST(MountOptionsTest, WordsBecomeAttributes) {
  struct Case {
    std::vector<std::string> options;
    std::uint64_t set;
    std::uint64_t clear;
  };
  const std::vector<Case> cases = {
      {{}, 0, 0},
      {{"ro"}, MOUNT_ATTR_RDONLY, 0},
      {{"ro", "rw"}, 0, MOUNT_ATTR_RDONLY},
      {{"rw", "ro"}, MOUNT_ATTR_RDONLY, 0},
      {{"nosuid", "nodev", "noexec"}, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0},
      {{"noexec", "exec"}, 0, MOUNT_ATTR_NOEXEC},
      // The kernel refuses an access time mode unless the whole field is cleared with it.
      {{"strictatime"}, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
      {{"noatime", "relatime"}, 0, MOUNT_ATTR__ATIME},
      {{"defaults", "async", ""}, 0, 0},
  };
  for (const Case& c : cases) {
    const MountOptions options = parse_mount_options(c.options);
    EXPECT_EQ(options.flags.set, c.set) << testing::PrintToString(c.options);
    EXPECT_EQ(options.flags.clear, c.clear) << testing::PrintToString(c.options);
    EXPECT_TRUE(options.data.empty()) << testing::PrintToString(c.options);
  }
}

TEST(MountOptionsTest, AnRBeforeAWordMeansAllBelow) {
  const MountOptions options = parse_mount_options({"rbind", "rro", "rnosuid"});
  EXPECT_EQ(options.flags, MountOptions::Attributes{});
  EXPECT_EQ(options.recursive_flags.set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
  EXPECT_TRUE(options.bind);
  EXPECT_TRUE(options.bind_recursive);
  EXPECT_TRUE(options.readonly());
}

TEST(MountOptionsTest, PropagationHasAKindAndAReach) {
  struct Case {
    const char* word;
    std::uint64_t propagation;
    bool recursive;
  };
  for (const Case& c : {Case{"private", MS_PRIVATE, false}, Case{"rprivate", MS_PRIVATE, true},
                        Case{"shared", MS_SHARED, false}, Case{"rshared", MS_SHARED, true},
                        Case{"slave", MS_SLAVE, false}, Case{"rslave", MS_SLAVE, true},
                        Case{"unbindable", MS_UNBINDABLE, false}}) {
    const MountOptions options = parse_mount_options({c.word});
    EXPECT_EQ(options.propagation, c.propagation) << c.word;
    EXPECT_EQ(options.propagation_recursive, c.recursive) << c.word;
  }
}

TEST(MountOptionsTest, IdMapsHaveAReachToo) {
  EXPECT_TRUE(parse_mount_options({"bind", "idmap"}).idmap);
  EXPECT_FALSE(parse_mount_options({"bind", "idmap"}).idmap_recursive);
  EXPECT_TRUE(parse_mount_options({"rbind", "ridmap"}).idmap_recursive);
  EXPECT_FALSE(parse_mount_options({"bind"}).idmap);
}

TEST(MountOptionsTest, TheRestIsTheFileSystemsOwn) {
  const MountOptions options =
      parse_mount_options({"nosuid", "size=64k", "newinstance", "lazytime", "bind"});
  EXPECT_EQ(options.data, (std::vector<std::string>{"size=64k", "newinstance"}));
  EXPECT_EQ(options.superblock_flags, std::vector<std::string>{"lazytime"});
  EXPECT_TRUE(options.bind);
  EXPECT_FALSE(options.bind_recursive);
}

}  // namespace
}  // namespace mydock::runtime::init
