#include "engine/container/spec/spec_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "engine/container/config/host_defaults.h"
#include "engine/container/config/resources.h"

namespace mydock::engine {
namespace {

struct Built {
  Definition definition;
  oci::Spec spec;
};

oci::Spec build(const std::function<void(Definition&)>& change) {
  Definition definition;
  definition.id = std::string(64, 'a');
  definition.config.cmd = api::Strings{"sh", "-c", "true"};
  change(definition);
  apply_defaults(definition.host_config, {}, false);
  const SpecInput input{.definition = definition,
                        .hostname = "box",
                        .etc = "/data/c",
                        .root = "rootfs",
                        .cgroup_path = "/mydock/a",
                        .network_namespace = {},
                        .pid_namespace = {},
                        .ipc_namespace = {},
                        .devices = container_devices(definition.host_config),
                        .ulimits = {},
                        .no_new_privileges = false,
                        .recursive_read_only = true};
  return build_spec(input);
}

const oci::Mount* find_mount(const oci::Spec& spec, std::string_view target) {
  const auto found = std::find_if(spec.mounts.begin(), spec.mounts.end(),
                                  [&](const oci::Mount& m) { return m.destination == target; });
  return found == spec.mounts.end() ? nullptr : &*found;
}

bool has_option(const oci::Mount* mount, std::string_view option) {
  return mount != nullptr &&
         std::find(mount->options.begin(), mount->options.end(), option) != mount->options.end();
}

std::vector<std::string> namespaces(const oci::Spec& spec) {
  std::vector<std::string> types;
  for (const auto& ns : spec.linux.namespaces) types.push_back(ns.type);
  return types;
}

TEST(SpecBuilderTest, PlainContainer) {
  const oci::Spec spec = build([](Definition&) {});
  EXPECT_EQ(spec.process->args, (std::vector<std::string>{"sh", "-c", "true"}));
  EXPECT_EQ(spec.process->cwd, "/");
  EXPECT_EQ(spec.process->capabilities->bounding.size(), 14U);
  EXPECT_EQ(spec.process->capabilities->bounding, spec.process->capabilities->effective);
  EXPECT_TRUE(spec.process->capabilities->inheritable.empty());
  EXPECT_EQ(spec.hostname, "box");
  EXPECT_EQ(namespaces(spec), (std::vector<std::string>{"mount", "network", "uts", "pid", "ipc"}));
  EXPECT_EQ(spec.linux.sysctl.at("net.ipv4.ip_unprivileged_port_start"), "0");
  EXPECT_EQ(spec.linux.cgroups_path, "/mydock/a");
  EXPECT_TRUE(has_option(find_mount(spec, "/sys"), "ro"));
  EXPECT_TRUE(has_option(find_mount(spec, "/dev/shm"), "size=67108864"));
  EXPECT_EQ(find_mount(spec, "/etc/hosts")->source, "/data/c/hosts");
  EXPECT_FALSE(spec.linux.masked_paths.empty());
}

TEST(SpecBuilderTest, ParentsAreMountedBeforeWhatIsInThem) {
  const oci::Spec spec = build([](Definition& d) {
    for (const char* target : {"/a/b/c", "/a", "/a/b"}) {
      ContainerMount mount;
      mount.type = "bind";
      mount.source = "/src";
      mount.target = target;
      d.mounts.push_back(mount);
    }
  });
  const auto position = [&](std::string_view target) { return find_mount(spec, target); };
  EXPECT_LT(position("/a"), position("/a/b"));
  EXPECT_LT(position("/a/b"), position("/a/b/c"));
  EXPECT_LT(position("/dev"), position("/dev/pts"));
}

TEST(SpecBuilderTest, ReadOnlyBindIsRecursive) {
  const oci::Spec spec = build([](Definition& d) {
    ContainerMount mount;
    mount.type = "bind";
    mount.source = "/src";
    mount.target = "/x";
    mount.read_only = true;
    d.mounts.push_back(mount);
  });
  EXPECT_EQ(find_mount(spec, "/x")->options,
            (std::vector<std::string>{"rbind", "rro", "rprivate"}));
}

TEST(SpecBuilderTest, UsersMountTakesThePlaceOfTheDefault) {
  const oci::Spec spec = build([](Definition& d) {
    ContainerMount mount;
    mount.type = "bind";
    mount.source = "/host/dev";
    mount.target = "/dev";
    d.mounts.push_back(mount);
  });
  EXPECT_EQ(find_mount(spec, "/dev")->source, "/host/dev");
  EXPECT_EQ(find_mount(spec, "/dev/pts"), nullptr);
}

TEST(SpecBuilderTest, PrivilegedHasItAll) {
  const oci::Spec spec = build([](Definition& d) { d.host_config.privileged = true; });
  EXPECT_GT(spec.process->capabilities->bounding.size(), 30U);
  EXPECT_TRUE(spec.linux.masked_paths.empty());
  EXPECT_TRUE(spec.linux.readonly_paths.empty());
  ASSERT_EQ(spec.linux.resources.devices.size(), 1U);
  EXPECT_TRUE(spec.linux.resources.devices[0].allow);
  EXPECT_TRUE(has_option(find_mount(spec, "/sys"), "rw"));
}

TEST(SpecBuilderTest, HostModesLeaveNamespacesOut) {
  const oci::Spec spec = build([](Definition& d) {
    d.host_config.network_mode = "host";
    d.host_config.pid_mode = "host";
    d.host_config.ipc_mode = "host";
    d.host_config.uts_mode = "host";
  });
  EXPECT_EQ(namespaces(spec), (std::vector<std::string>{"mount"}));
  EXPECT_TRUE(spec.linux.sysctl.empty());
  EXPECT_TRUE(spec.hostname.empty());
  EXPECT_EQ(find_mount(spec, "/dev/shm")->type, "bind");
}

TEST(SpecBuilderTest, LimitsAreConverted) {
  api::Resources r;
  r.memory = 64 << 20;
  r.nano_cpus = 1'500'000'000;
  r.pids_limit = 7;
  apply_defaults(r, false);
  const oci::LinuxResources limits = to_oci(r);
  EXPECT_EQ(limits.memory->limit, 64 << 20);
  EXPECT_EQ(limits.memory->swap, 128 << 20);
  EXPECT_EQ(limits.cpu->quota, 150'000);
  EXPECT_EQ(limits.cpu->period, 100'000U);
  EXPECT_EQ(limits.pids->limit, 7);
  EXPECT_EQ(to_oci({}), oci::LinuxResources{});
}

TEST(SpecBuilderTest, DeviceRules) {
  const oci::DeviceRule rule = parse_device_rule("c 10:* rw");
  EXPECT_EQ(rule.type, "c");
  EXPECT_EQ(rule.major, 10);
  EXPECT_EQ(rule.minor, std::nullopt);
  EXPECT_EQ(rule.access, "rw");
  for (const char* bad : {"", "c", "c 1:3", "x 1:3 r", "c 1 r", "c a:b r", "c 1:3 q"}) {
    EXPECT_THROW(parse_device_rule(bad), Error) << bad;
  }
}

TEST(SpecBuilderTest, UpdateRefusesWhatContradicts) {
  api::Resources mine;
  mine.nano_cpus = 1;
  api::Resources change;
  change.cpu_quota = 5000;
  EXPECT_THROW(merge_update(mine, change), Error);
}

}  // namespace
}  // namespace mydock::engine
