#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/kernel/init_container.h"

namespace mydock::runtime::init {
namespace {

std::string core_pattern() { return read_file("/proc/sys/kernel/core_pattern"); }

TEST(InitProtect, MaskedPathsAreEmptyAndReadOnlyPathsReadOnly) {
  InitContainer box;
  const auto result = box.run(
      "for f in /proc/interrupts /proc/keys /proc/timer_list /proc/kcore; do"
      " test -e $f && head -c 1 $f; done; ls /proc/acpi /sys/firmware 2>/dev/null;"
      "echo x >/proc/sys/kernel/core_pattern; echo x >/proc/1/root/proc/sys/vm/swappiness;"
      "echo x >/proc/self/root/proc/sys/kernel/core_pattern");
  std::size_t refused = 0;
  for (std::size_t at = result.output.find("Read-only"); at != std::string::npos;
       at = result.output.find("Read-only", at + 1)) {
    ++refused;
  }
  EXPECT_EQ(refused, 3U) << result.output;
  EXPECT_EQ(result.output.find("CPU"), std::string::npos) << result.output;
}

TEST(InitProtect, PathsThatAreNotThereAreSkipped) {
  InitContainer box;
  box.spec.linux.masked_paths = {"/no/such", "/etc/passwd/below", "/etc/passwd", "/etc/passwd"};
  box.spec.linux.readonly_paths = {"/nowhere"};
  const auto result = box.run("cat /etc/passwd");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "");
}

TEST(InitProtect, DevicesAreTheDefaultOnesAndThoseOfTheSpec) {
  InitContainer box;
  oci::Device device;
  device.path = "/dev/net/tun";
  device.type = "c";
  device.major = 10;
  device.minor = 200;
  device.file_mode = 0600;
  device.gid = 7;
  box.spec.linux.devices = {device};
  const auto result = box.run(
      "stat -c '%n %t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty;"
      "stat -c '%t:%T %a %g' /dev/net/tun; for l in fd ptmx stdout core; do readlink /dev/$l; "
      "done");
  EXPECT_EQ(result.output,
            "/dev/null 1:3 666\n/dev/zero 1:5 666\n/dev/full 1:7 666\n/dev/random 1:8 666\n"
            "/dev/urandom 1:9 666\n/dev/tty 5:0 666\na:c8 600 7\n/proc/self/fd\npts/ptmx\n"
            "/proc/self/fd/1\n/proc/kcore\n");
}

TEST(InitProtect, ALinkInPlaceOfAKernelDirectoryIsRefused) {
  for (const char* name : {"proc", "sys", "dev"}) {
    InitContainer box;
    const fs::path canary = box.directory() / "canary";
    make_directories(canary, 0755);
    make_directories(box.rootfs() / "elsewhere", 0755);
    for (const std::string& target : {canary.string(), std::string("/elsewhere")}) {
      box.link(name, target);
      const auto result = box.run("true");
      EXPECT_FALSE(result.created) << name;
      EXPECT_NE(result.error.find("is not a directory"), std::string::npos) << result.error;
      EXPECT_TRUE(fs::is_empty(canary)) << name;
    }
  }
}

TEST(InitProtect, ADevWithoutAMountThatIsALinkIsRefused) {
  InitContainer box;
  const fs::path canary = box.directory() / "canary";
  make_directories(canary, 0755);
  std::erase_if(box.spec.mounts,
                [](const oci::Mount& mount) { return mount.destination.starts_with("/dev"); });
  box.link("dev", canary.string());
  EXPECT_FALSE(box.run("true").created);
  EXPECT_TRUE(fs::is_empty(canary));
}

TEST(InitProtect, AFakeNullDeviceIsRefused) {
  const std::string before = core_pattern();
  for (const bool as_link : {true, false}) {
    InitContainer box;
    const fs::path fake = box.directory() / "fakedev";
    make_directories(fake, 0755);
    if (as_link) {
      fs::create_symlink("/proc/sys/kernel/core_pattern", fake / "null");
    } else {
      write_file_atomically(fake / "null", "", 0666, Durability::renamed);
    }
    for (oci::Mount& mount : box.spec.mounts) {
      if (mount.destination != "/dev") continue;
      mount.type = "bind";
      mount.source = fake.string();
      mount.options = {"rbind"};
    }
    make_directories(fake / "pts", 0755);
    make_directories(fake / "shm", 0755);
    make_directories(fake / "mqueue", 0755);
    const auto result = box.run("echo pwned >/proc/interrupts");
    EXPECT_FALSE(result.created);
  }
  EXPECT_EQ(core_pattern(), before);
}

TEST(InitProtect, SomethingElseInPlaceOfADeviceIsRefused) {
  InitContainer box;
  std::erase_if(box.spec.mounts,
                [](const oci::Mount& mount) { return mount.destination.starts_with("/dev"); });
  box.write("dev/zero", "not a device");
  const auto result = box.run("true");
  EXPECT_FALSE(result.created);
  EXPECT_NE(result.error.find("/dev/zero"), std::string::npos) << result.error;
}

TEST(InitProtect, AWorkingDirectoryThroughADescriptorIsRefused) {
  for (int fd = 3; fd < 12; ++fd) {
    InitContainer box;
    box.spec.process->cwd = "/proc/self/fd/" + std::to_string(fd);
    const auto result = box.run("pwd; ls ../../../..");
    EXPECT_NE(result.error, "") << fd << ": " << result.output;
    EXPECT_EQ(result.output, "");
  }
  InitContainer box;
  box.link("work", "/proc/self/fd/7");
  box.spec.process->cwd = "/work";
  EXPECT_NE(box.run("pwd").error, "");
}

TEST(InitProtect, NoDescriptorOfTheHostIsLeft) {
  InitContainer box;
  const auto result =
      box.run("for n in 0 1 2 3 4 5 6 7 8 9 10 11 12; do test -e /proc/1/fd/$n && echo $n; done");
  EXPECT_EQ(result.output, "0\n1\n2\n");
}

TEST(InitProtect, CgroupsAreReadOnlyAndShowTheContainersOwn) {
  const bool v1 = fs::exists("/sys/fs/cgroup/memory/tasks");
  InitContainer box;
  if (v1) {
    box.cgroups.push_back({.controllers = {"memory"},
                           .mountpoint = "/sys/fs/cgroup/memory",
                           .root = "/",
                           .v2 = false});
  } else {
    box.cgroups.push_back(
        {.controllers = {"memory"}, .mountpoint = "/sys/fs/cgroup", .root = "/", .v2 = true});
  }
  const std::string group = v1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
  const auto result = box.run("mkdir " + group + "/x; touch /sys/fs/cgroup/x; test -e " + group +
                              "/cgroup.procs && echo there; cat /proc/self/cgroup");
  EXPECT_EQ(result.error, "");
  EXPECT_NE(result.output.find("there"), std::string::npos) << result.output;
  const std::size_t first = result.output.find("Read-only file system");
  ASSERT_NE(first, std::string::npos) << result.output;
  EXPECT_NE(result.output.find("Read-only file system", first + 1), std::string::npos)
      << result.output;
  EXPECT_NE(result.output.find(":/\n"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace mydock::runtime::init
