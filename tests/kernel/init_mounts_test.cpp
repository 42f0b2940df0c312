#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/kernel/init_container.h"

namespace mydock::runtime::init {
namespace {

oci::Mount bind(const fs::path& source, const std::string& destination,
                std::vector<std::string> options = {"rbind", "rprivate"}) {
  oci::Mount mount;
  mount.destination = destination;
  mount.type = "bind";
  mount.source = source.string();
  mount.options = std::move(options);
  return mount;
}

oci::Mount tmpfs(const std::string& destination, std::vector<std::string> options) {
  oci::Mount mount;
  mount.destination = destination;
  mount.type = "tmpfs";
  mount.source = "tmpfs";
  mount.options = std::move(options);
  return mount;
}

fs::path make_directory(const InitContainer& box, const std::string& name) {
  const fs::path path = box.directory() / name;
  make_directories(path, 0755);
  return path;
}

void put(const fs::path& path, const std::string& contents) {
  write_file_atomically(path, contents, 0644, Durability::renamed);
}

TEST(InitMounts, NothingIsLeftOnTheHost) {
  const std::string before = read_file("/proc/self/mountinfo");
  InitContainer box;
  EXPECT_EQ(box.run("true").code, 0);
  EXPECT_EQ(read_file("/proc/self/mountinfo"), before);
}

TEST(InitMounts, TheOldRootIsGone) {
  InitContainer box;
  const auto result = box.run("cat /proc/self/mountinfo | grep -c ' / / '; ls " +
                              box.directory().string() + " 2>&1");
  EXPECT_NE(result.output.find("No such file"), std::string::npos) << result.output;
  EXPECT_TRUE(result.output.starts_with("1\n") || result.output.starts_with("0\n"));
}

TEST(InitMounts, BindsShowTheHostsFileAndDirectory) {
  InitContainer box;
  const fs::path data = make_directory(box, "data");
  put(data / "file", "hello\n");
  box.spec.mounts.push_back(bind(data, "/mnt/deep/data"));
  box.spec.mounts.push_back(bind(data / "file", "/etc/one.conf", {"bind", "ro"}));
  const auto result = box.run(
      "cat /mnt/deep/data/file /etc/one.conf; echo new >/mnt/deep/data/out; echo x >/etc/one.conf");
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.output.starts_with("hello\nhello\n")) << result.output;
  EXPECT_NE(result.output.find("Read-only file system"), std::string::npos) << result.output;
  EXPECT_EQ(read_file(data / "out"), "new\n");
}

TEST(InitMounts, RecursiveReadOnlyReachesSubmounts) {
  InitContainer box;
  const fs::path data = make_directory(box, "data");
  box.spec.mounts.push_back(bind(data, "/vol"));
  box.spec.mounts.push_back(tmpfs("/vol/sub", {"mode=755"}));
  // The source of a bind is looked up on the host, where /vol/sub is not mounted; /dev has pts.
  box.spec.mounts.push_back(bind("/dev", "/plain", {"rbind", "ro"}));
  box.spec.mounts.push_back(bind("/dev", "/deep", {"rbind", "rro"}));
  const auto result = box.run(
      "grep ' /plain/shm ' /proc/self/mountinfo | head -n 1; "
      "grep ' /deep/shm ' /proc/self/mountinfo | head -n 1");
  EXPECT_EQ(result.error, "");
  EXPECT_NE(result.output.find("/plain/shm rw"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("/deep/shm ro"), std::string::npos) << result.output;
}

TEST(InitMounts, AFileCannotBeMountedOnADirectoryNorTheOtherWay) {
  for (const bool file : {true, false}) {
    InitContainer box;
    const fs::path data = make_directory(box, "data");
    put(data / "file", "x");
    box.write("etc/target", "y");
    box.spec.mounts.push_back(file ? bind(data / "file", "/etc") : bind(data, "/etc/target"));
    const auto result = box.run("true");
    EXPECT_FALSE(result.created);
    EXPECT_TRUE(result.error.starts_with("error mounting \"")) << result.error;
    EXPECT_NE(result.error.find("ot a directory"), std::string::npos) << result.error;
  }
}

TEST(InitMounts, AMissingSourceIsAnError) {
  InitContainer box;
  box.spec.mounts.push_back(bind("/no/such/thing", "/x"));
  const auto result = box.run("true");
  EXPECT_FALSE(result.created);
  EXPECT_EQ(result.error_number, ENOENT);
}

TEST(InitMounts, TmpfsTakesSizeAndMode) {
  InitContainer box;
  box.spec.mounts.push_back(tmpfs("/scratch", {"noexec", "nosuid", "nodev", "size=1m"}));
  box.spec.mounts.push_back(tmpfs("/tmp", {}));
  const auto result = box.run(
      "stat -c %a /tmp; grep ' /scratch ' /proc/self/mountinfo; "
      "dd if=/dev/zero of=/scratch/x bs=1k count=2000 2>&1");
  EXPECT_TRUE(result.output.starts_with("1777\n")) << "the image's mode: " << result.output;
  EXPECT_NE(result.output.find("nosuid,nodev,noexec"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("No space left"), std::string::npos) << result.output;
}

TEST(InitMounts, ALinkInTheImageIsFollowedInsideIt) {
  InitContainer box;
  const fs::path data = make_directory(box, "data");
  put(data / "resolv", "nameserver 1.2.3.4\n");
  box.link("etc/resolv.conf", "../run/resolv.conf");
  box.link("escape", "../../../../../../..");
  box.spec.mounts.push_back(bind(data / "resolv", "/etc/resolv.conf"));
  box.spec.mounts.push_back(bind(data, "/escape/landed"));
  const auto result = box.run("cat /run/resolv.conf; ls /landed");
  // The link dangles: refused or made inside, never outside.
  EXPECT_FALSE(fs::exists("/landed"));
  if (result.created) {
    EXPECT_NE(result.output.find("nameserver"), std::string::npos) << result.output;
  }
}

TEST(InitMounts, AReadOnlyRootStillHasWritableMounts) {
  InitContainer box;
  box.spec.root.readonly = true;
  const auto result = box.run("echo x >/file; echo x >/dev/shm/file && echo shm ok");
  EXPECT_NE(result.output.find("Read-only file system"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("shm ok"), std::string::npos) << result.output;
}

TEST(InitMounts, AnOverlayIsMountedInsideOnly) {
  InitContainer box;
  TaskOptions::Overlay overlay;
  fs::create_directories(box.directory() / "low");
  fs::rename(box.rootfs(), box.directory() / "low/0");
  // As many layers as an image may have; deep names, so that they do not fit in one page.
  const std::string pad(64, 'x');
  for (int i = 1; i < 127; ++i) {
    const fs::path layer = box.directory() / "low" / (pad + std::to_string(i));
    make_directories(layer, 0755);
    put(layer / ("from-" + std::to_string(i)), "");
    overlay.lower.push_back(layer.string());
  }
  overlay.lower.push_back((box.directory() / "low/0").string());
  overlay.upper = make_directory(box, "upper").string();
  overlay.work = make_directory(box, "work").string();
  box.options.overlay = overlay;
  const auto result = box.run("ls / | grep -c from-; echo new >/made; echo y >>/etc/passwd");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "126\n");
  EXPECT_EQ(read_file(box.directory() / "upper/made"), "new\n");
  EXPECT_TRUE(fs::exists(box.directory() / "upper/etc/passwd"));
  EXPECT_TRUE(fs::is_empty(box.rootfs()));
}

TEST(InitMounts, VolumesOverProcAreRefused) {
  for (const char* destination : {"/proc", "/proc/sys", "/proc/self/attr", "/proc/sys/kernel"}) {
    InitContainer box;
    box.spec.mounts.push_back(bind(make_directory(box, "data"), destination));
    const auto result = box.run("true");
    EXPECT_FALSE(result.created) << destination;
    EXPECT_NE(result.error.find("cannot be mounted"), std::string::npos) << result.error;
  }
  InitContainer box;
  put(box.directory() / "cpuinfo", "fake\n");
  box.spec.mounts.push_back(bind(box.directory() / "cpuinfo", "/proc/cpuinfo"));
  EXPECT_EQ(box.run("cat /proc/cpuinfo").output, "fake\n");
}

TEST(InitMounts, TheRootItselfIsNoTarget) {
  InitContainer box;
  box.spec.mounts.push_back(bind(make_directory(box, "data"), "/"));
  EXPECT_NE(box.run("true").error.find("destination can't be '/'"), std::string::npos);
}

TEST(InitMounts, SharedPropagationReachesTheHostAndBack) {
  InitContainer box;
  const fs::path data = make_directory(box, "data");
  ASSERT_EQ(::mount(data.c_str(), data.c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(::mount(nullptr, data.c_str(), nullptr, MS_SHARED, nullptr), 0);
  make_directories(data / "in", 0755);
  box.spec.linux.rootfs_propagation = "shared";
  box.spec.process->capabilities->bounding.emplace_back("CAP_SYS_ADMIN");
  box.spec.process->capabilities->permitted.emplace_back("CAP_SYS_ADMIN");
  box.spec.process->capabilities->effective.emplace_back("CAP_SYS_ADMIN");
  box.spec.linux.seccomp.reset();
  box.spec.mounts.push_back(bind(data, "/data", {"rbind", "rshared"}));
  const auto result = box.run("mount -t tmpfs none /data/in && touch /data/in/seen");
  EXPECT_EQ(result.error + result.output, "");
  EXPECT_TRUE(fs::exists(data / "in/seen"));
  ::umount2((data / "in").c_str(), MNT_DETACH);
  ::umount2(data.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace mydock::runtime::init
