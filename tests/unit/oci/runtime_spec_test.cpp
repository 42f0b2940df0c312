#include "oci/runtime_spec.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::oci {
namespace {

// Every member that Docker uses, with the names of config.md and config-linux.md.
constexpr std::string_view kConfig =
    R"({"ociVersion":"1.2.0",)"
    R"("process":{"terminal":true,"consoleSize":{"height":24,"width":80},)"
    R"("user":{"uid":1000,"gid":50,"umask":18,"additionalGids":[50,4]},)"
    R"("args":["sh","-c","true"],"env":["A=b"],"cwd":"/srv",)"
    R"("capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_KILL"]},)"
    R"("rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":1024}],)"
    R"("noNewPrivileges":true,"oomScoreAdj":-500},)"
    R"("root":{"path":"rootfs","readonly":true},"hostname":"box","domainname":"d",)"
    R"("mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]}],)"
    R"("annotations":{"k":"v"},)"
    R"("linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/run/netns/x"}],)"
    R"("uidMappings":[{"containerID":0,"hostID":1000,"size":10}],)"
    R"("devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":438}],)"
    R"("cgroupsPath":"/mydock/x",)"
    R"("resources":{"devices":[{"allow":false,"access":"rwm"},)"
    R"({"allow":true,"type":"c","major":1,"minor":3,"access":"rwm"}],)"
    R"("memory":{"limit":-1,"swap":0,"disableOOMKiller":false},)"
    R"("cpu":{"shares":512,"quota":50000,"period":100000,"cpus":"0-1"},"pids":{"limit":64},)"
    R"("blockIO":{"weight":500,"throttleReadIOPSDevice":[{"major":8,"minor":0,"rate":10}]},)"
    R"("hugepageLimits":[{"pageSize":"2MB","limit":4}],"unified":{"memory.high":"1"}},)"
    R"("rootfsPropagation":"rslave",)"
    R"("seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,)"
    R"("architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["clone"],)"
    R"("action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}]},)"
    R"("sysctl":{"net.x":"1"},"maskedPaths":["/proc/kcore"],"readonlyPaths":["/proc/sys"],)"
    R"("timeOffsets":{"boottime":{"secs":-5},"monotonic":{"secs":7,"nanosecs":3}}}})";

TEST(RuntimeSpecTest, WritesWhatItReads) { EXPECT_EQ(to_json(parse_spec(kConfig)), kConfig); }

TEST(RuntimeSpecTest, AbsentNumbersAreNotZero) {
  const Spec spec = parse_spec(kConfig);
  EXPECT_EQ(spec.linux.resources.memory->limit, -1);
  EXPECT_EQ(spec.linux.resources.memory->swap, 0);
  EXPECT_EQ(spec.linux.resources.memory->reservation, std::nullopt);
  EXPECT_EQ(spec.linux.resources.memory->disable_oom_killer, false);
  EXPECT_EQ(spec.linux.resources.devices[0].major, std::nullopt);
}

TEST(RuntimeSpecTest, ASmallSpecIsEnough) {
  const Spec spec = parse_spec(R"({"ociVersion":"1.0.2","root":{"path":"/r"},"linux":null})");
  EXPECT_EQ(spec.process, std::nullopt);
  EXPECT_EQ(spec.linux, Linux{});
}

TEST(RuntimeSpecTest, WhatCannotRunIsInvalid) {
  for (const std::string_view text : {
           std::string_view(R"({)"),
           std::string_view(R"({"ociVersion":"2.0.0","root":{"path":"/r"}})"),
           std::string_view(R"({"ociVersion":"1.0.0"})"),
           std::string_view(R"({"ociVersion":"1.0.0","root":{"path":"/r"},"process":{"cwd":"x"}})"),
           std::string_view(
               R"({"ociVersion":"1.0.0","root":{"path":"/r"},"mounts":[{"destination":"a"}]})"),
           std::string_view(
               R"({"ociVersion":"1.0.0","root":{"path":"/r"},"process":{"user":{"uid":-1}}})"),
       }) {
    try {
      parse_spec(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::invalid) << text;
    }
  }
}

}  // namespace
}  // namespace mydock::oci
