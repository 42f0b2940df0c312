#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "runtime/shim/detached_mounts.h"
#include "tests/kernel/init_container.h"

namespace mydock::runtime::init {
namespace {

constexpr std::uint32_t kFirst = 100000;
const std::vector<oci::IdMapping> kMap{{.container_id = 0, .host_id = kFirst, .size = 65536}};

void put(const fs::path& path, const std::string& contents) {
  write_file_atomically(path, contents, 0644, Durability::renamed);
}

// A box whose ids are mapped, with its root as an overlay of its own directory.
class UserNamespaceTest : public testing::Test {
 protected:
  void SetUp() override {
    // Nobody but root may walk to what the container is made from, as in a daemon's data root.
    ASSERT_EQ(::chmod(box_.directory().c_str(), 0700), 0);
    box_.spec.linux.namespaces.push_back({.type = "user", .path = {}});
    box_.spec.linux.uid_mappings = kMap;
    box_.spec.linux.gid_mappings = kMap;
    for (const char* name : {"upper", "work", "merged"}) {
      make_directories(box_.directory() / name, 0755);
    }
    ASSERT_EQ(::chown((box_.directory() / "upper").c_str(), kFirst, kFirst), 0);
    box_.spec.root.path = "merged";
    box_.options.overlay = TaskOptions::Overlay{.lower = {box_.rootfs()},
                                                .upper = box_.directory() / "upper",
                                                .work = box_.directory() / "work"};
  }

  oci::Mount bind(const std::string& name, const std::string& destination,
                  std::vector<std::string> options = {"rbind", "rprivate"}) {
    const fs::path source = box_.directory() / name;
    make_directories(source, 0755);
    oci::Mount mount;
    mount.destination = destination;
    mount.type = "bind";
    mount.source = source;
    mount.options = std::move(options);
    return mount;
  }

  InitContainer box_;
};

TEST_F(UserNamespaceTest, AnOverlayRootIsMountedAndWrittenTo) {
  const auto result = box_.run("id -u; cat /proc/self/uid_map; echo x >/made && cat /made");
  EXPECT_EQ(result.error, "");
  EXPECT_NE(result.output.find("0     100000      65536"), std::string::npos) << result.output;
  EXPECT_TRUE(result.output.ends_with("x\n")) << result.output;
  struct stat status {};
  ASSERT_EQ(::stat((box_.directory() / "upper/made").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, kFirst);
}

TEST_F(UserNamespaceTest, BindsOfPlacesThatItsRootCannotWalkTo) {
  box_.spec.mounts.push_back(bind("data", "/data"));
  box_.spec.mounts.push_back(bind("fixed", "/fixed", {"rbind", "ro"}));
  put(box_.directory() / "data/file", "hello\n");
  const auto result = box_.run("cat /data/file; mkdir /fixed/x 2>&1");
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.output.starts_with("hello\n")) << result.output;
  EXPECT_NE(result.output.find("Read-only file system"), std::string::npos) << result.output;
}

TEST_F(UserNamespaceTest, OneByPathIsJoinedAndOwnsTheOtherNamespaces) {
  const Fd made = shim::make_user_namespace(kMap, kMap);
  const std::string path = fmt::format("/proc/{}/fd/{}", ::getpid(), made.get());
  box_.spec.linux.namespaces.back().path = path;
  box_.spec.linux.uid_mappings.clear();
  box_.spec.linux.gid_mappings.clear();
  box_.spec.linux.seccomp.reset();
  auto& capabilities = *box_.spec.process->capabilities;
  for (auto* set : {&capabilities.bounding, &capabilities.effective, &capabilities.permitted}) {
    set->emplace_back("CAP_SYS_ADMIN");
  }
  const std::string expected = fs::read_symlink(path);
  const auto result = box_.run("readlink /proc/self/ns/user; hostname; hostname new && echo $$");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, expected + "\nbox\n1\n");
}

TEST_F(UserNamespaceTest, ANamespaceOfTheHostsIsJoinedByPath) {
  for (oci::Namespace& ns : box_.spec.linux.namespaces) {
    if (ns.type == "ipc") ns.path = "/proc/self/ns/ipc";
  }
  std::erase_if(box_.spec.mounts, [](const oci::Mount& mount) { return mount.type == "mqueue"; });
  const auto result = box_.run("readlink /proc/self/ns/ipc");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, fs::read_symlink("/proc/self/ns/ipc").string() + "\n");
}

TEST_F(UserNamespaceTest, ATerminalAndAnExecWork) {
  box_.spec.process->terminal = true;
  const auto result = box_.run("tty");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "/dev/pts/0\r\n");
  box_.spec.process->terminal = false;
  oci::Process process = *box_.spec.process;
  process.args = {"/bin/sh", "-c", "id -u; for p in self 1; do readlink /proc/$p/ns/user; done"};
  const auto executed = box_.exec(process);
  EXPECT_EQ(executed.error, "");
  const std::string& text = executed.output;
  ASSERT_TRUE(text.starts_with("0\nuser:[")) << text;
  const std::size_t half = text.find('\n', 2);
  EXPECT_EQ(text.substr(2, half - 2), text.substr(half + 1, text.size() - half - 2)) << text;
}

TEST_F(UserNamespaceTest, ADeviceOfTheSpecHasItsOwnerAndWorks) {
  oci::Device device;
  device.path = "/dev/extra";
  device.type = "c";
  device.major = 1;
  device.minor = 5;
  device.uid = 10;
  device.gid = 11;
  device.file_mode = 0640;
  box_.spec.linux.devices.push_back(device);
  const auto result =
      box_.run("stat -c '%u:%g %a %t:%T' /dev/extra; head -c 3 /dev/extra | grep -c . ; echo $?");
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.output.starts_with("10:11 640 1:5\n")) << result.output;
  EXPECT_EQ(result.output.find("denied"), std::string::npos) << result.output;
}

TEST_F(UserNamespaceTest, NothingIsLeftOnTheHost) {
  box_.spec.mounts.push_back(bind("data", "/data"));
  EXPECT_EQ(box_.run("true").code, 0);
  EXPECT_EQ(read_file("/proc/self/mountinfo").find(box_.directory().string()), std::string::npos);
}

TEST(InitIdMappedMounts, AFileOfOneOwnerShowsAnother) {
  InitContainer box;
  const fs::path data = box.directory() / "data";
  make_directories(data, 0755);
  put(data / "file", "x");
  ASSERT_EQ(::chown((data / "file").c_str(), 1000, 1000), 0);
  oci::Mount mount;
  mount.destination = "/data";
  mount.type = "bind";
  mount.source = data;
  mount.options = {"bind"};
  mount.uid_mappings = mount.gid_mappings = {{.container_id = 1000, .host_id = 5, .size = 1}};
  box.spec.mounts.push_back(mount);
  const auto result = box.run("stat -c %u:%g /data/file");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "5:5\n");
}

TEST(InitIdMappedMounts, WithoutMappingsAUserNamespaceIsNeeded) {
  InitContainer box;
  oci::Mount mount;
  mount.destination = "/data";
  mount.type = "bind";
  mount.source = "/tmp";
  mount.options = {"bind", "idmap"};
  box.spec.mounts.push_back(mount);
  EXPECT_THROW(box.run("true"), Error);
}

}  // namespace
}  // namespace mydock::runtime::init
