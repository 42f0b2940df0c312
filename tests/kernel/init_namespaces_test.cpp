#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>

#include "base/error.h"
#include "base/file.h"
#include "tests/kernel/init_container.h"

namespace mydock::runtime::init {
namespace {

std::string own_namespace(const std::string& type) {
  return fs::read_symlink("/proc/self/ns/" + type).string();
}

TEST(InitNamespaces, EachNewOneDiffersFromTheHosts) {
  InitContainer box;
  const auto result =
      box.run("for n in mnt uts pid ipc net cgroup; do readlink /proc/self/ns/$n; done; echo $$");
  ASSERT_EQ(result.error, "");
  for (const char* type : {"mnt", "uts", "pid", "ipc", "net", "cgroup"}) {
    EXPECT_EQ(result.output.find(own_namespace(type)), std::string::npos) << type;
  }
  EXPECT_TRUE(result.output.ends_with("\n1\n")) << "the program is pid 1: " << result.output;
}

TEST(InitNamespaces, OneThatIsNotListedIsTheHosts) {
  InitContainer box;
  std::erase_if(box.spec.linux.namespaces,
                [](const oci::Namespace& ns) { return ns.type == "ipc"; });
  std::erase_if(box.spec.mounts, [](const oci::Mount& mount) { return mount.type == "mqueue"; });
  const auto result = box.run("readlink /proc/self/ns/ipc");
  EXPECT_EQ(result.output, own_namespace("ipc") + "\n");
}

TEST(InitNamespaces, OneByPathIsJoined) {
  InitContainer box;
  for (oci::Namespace& ns : box.spec.linux.namespaces) {
    if (ns.type == "uts" || ns.type == "pid") ns.path = "/proc/self/ns/" + ns.type;
  }
  box.spec.hostname.clear();
  const auto result = box.run("readlink /proc/self/ns/uts; readlink /proc/self/ns/pid");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, own_namespace("uts") + "\n" + own_namespace("pid") + "\n");
}

TEST(InitNamespaces, LoopbackIsUp) {
  InitContainer box;
  EXPECT_EQ(box.run("read -r flags < /sys/class/net/lo/flags; echo $flags").output, "0x9\n");
}

TEST(InitNamespaces, HostNameStaysInside) {
  std::array<char, 256> before{};
  ASSERT_EQ(::gethostname(before.data(), before.size()), 0);
  InitContainer box;
  box.spec.hostname = "inside";
  box.spec.domainname = "example.test";
  EXPECT_EQ(box.run("hostname; cat /proc/sys/kernel/domainname").output, "inside\nexample.test\n");
  std::array<char, 256> after{};
  ASSERT_EQ(::gethostname(after.data(), after.size()), 0);
  EXPECT_STREQ(before.data(), after.data());
}

TEST(InitNamespaces, WithoutAMountNamespaceNothingStarts) {
  oci::Spec spec = docker_like_spec();
  std::erase_if(spec.linux.namespaces, [](const oci::Namespace& ns) { return ns.type == "mount"; });
  EXPECT_THROW(clone_flags(spec), Error);
}

TEST(InitNamespaces, SysctlsOfOwnNamespacesAreSet) {
  InitContainer box;
  box.spec.linux.sysctl = {{"net.ipv4.ip_unprivileged_port_start", "7"},
                           {"kernel.shm_rmid_forced", "1"},
                           {"fs.mqueue.msg_max", "33"}};
  const auto result = box.run(
      "cd /proc/sys; cat net/ipv4/ip_unprivileged_port_start kernel/shm_rmid_forced "
      "fs/mqueue/msg_max");
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.output, "7\n1\n33\n");
}

TEST(InitNamespaces, OtherSysctlsAreRefused) {
  struct Case {
    std::string name;
    std::string value;
  };
  for (const Case& c : {Case{"kernel.core_pattern", "|/x"}, Case{"kernel.hostname", "x"},
                        Case{"vm.swappiness", "1"}, Case{"net.ipv4.ip_forward", "1\n2"},
                        Case{"net/../kernel.core_pattern", "x"}}) {
    InitContainer box;
    box.spec.linux.sysctl = {{c.name, c.value}};
    const auto result = box.run("echo started");
    EXPECT_FALSE(result.created) << c.name;
    EXPECT_NE(result.error.find(c.name), std::string::npos) << result.error;
  }
}

TEST(InitNamespaces, NetworkSysctlsNeedANetworkNamespace) {
  InitContainer box;
  std::erase_if(box.spec.linux.namespaces,
                [](const oci::Namespace& ns) { return ns.type == "network"; });
  box.spec.linux.sysctl = {{"net.ipv4.ip_forward", "0"}};
  EXPECT_EQ(box.run("true").error,
            "sysctl \"net.ipv4.ip_forward\" is not in a separate kernel namespace");
}

TEST(InitNamespaces, AUserNamespaceMapsRoot) {
  InitContainer box;
  box.spec.linux.namespaces.push_back({.type = "user", .path = {}});
  box.spec.linux.uid_mappings = {{.container_id = 0, .host_id = 100000, .size = 65536}};
  box.spec.linux.gid_mappings = {{.container_id = 0, .host_id = 100000, .size = 65536}};
  for (const auto& entry : fs::recursive_directory_iterator(box.rootfs())) {
    ASSERT_EQ(::lchown(entry.path().c_str(), 100000, 100000), 0);
  }
  ASSERT_EQ(::lchown(box.rootfs().c_str(), 100000, 100000), 0);
  const auto result =
      box.run("id -u; cat /proc/self/uid_map; stat -c %t:%T /dev/null; echo x >/dev/null");
  EXPECT_EQ(result.error, "");
  EXPECT_NE(result.output.find("100000"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("1:3"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace mydock::runtime::init
