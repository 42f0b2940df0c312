#include "runtime/seccomp.h"

#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>

#include "base/error.h"
#include "runtime/capabilities.h"
#include "runtime/seccomp_profile.h"

namespace mydock::runtime {
namespace {

constexpr std::uint32_t kEperm = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kEnosys = SECCOMP_RET_ERRNO | ENOSYS;

// The kernel's interpreter, for the instructions that filters of seccomp use.
std::uint32_t run(const std::string& program, const seccomp_data& data) {
  std::vector<sock_filter> code(program.size() / sizeof(sock_filter));
  std::memcpy(code.data(), program.data(), program.size());
  std::uint32_t a = 0;
  for (std::size_t pc = 0; pc < code.size(); ++pc) {
    const sock_filter& op = code[pc];
    const auto jump = [&](bool taken) { pc += taken ? op.jt : op.jf; };
    switch (op.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + op.k, sizeof a);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= op.k;
        break;
      case BPF_JMP | BPF_JA:
        pc += op.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(a == op.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(a > op.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(a >= op.k);
        break;
      case BPF_RET | BPF_K:
        return op.k;
      default:
        ADD_FAILURE() << "instruction " << op.code;
        return 0;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return 0;
}

std::uint32_t decide(const std::string& program, int number, std::uint64_t first = 0,
                     std::uint32_t arch = AUDIT_ARCH_X86_64) {
  seccomp_data data{};
  data.nr = number;
  data.arch = arch;
  data.args[0] = first;
  return run(program, data);
}

std::string default_program(std::vector<std::string> more = {}) {
  std::vector<std::string> caps = docker_default_capabilities();
  caps.insert(caps.end(), more.begin(), more.end());
  return compile_seccomp(default_seccomp_profile(caps));
}

std::string invalid_message(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::invalid);
    return error.message();
  }
  return "";
}

#if defined(__x86_64__)
TEST(SeccompTest, TheDefaultAllowsOrdinaryCallsAndRefusesDangerousOnes) {
  struct Case {
    const char* name;
    int number;
    std::uint64_t first;
    std::uint32_t decision;
  };
  const std::vector<Case> cases = {
      {"read", SYS_read, 0, SECCOMP_RET_ALLOW},
      {"chroot", SYS_chroot, 0, SECCOMP_RET_ALLOW},
      {"ptrace", SYS_ptrace, 0, SECCOMP_RET_ALLOW},
      {"openat2", SYS_openat2, 0, SECCOMP_RET_ALLOW},
      {"mount", SYS_mount, 0, kEperm},
      {"umount2", SYS_umount2, 0, kEperm},
      {"unshare", SYS_unshare, 0, kEperm},
      {"setns", SYS_setns, 0, kEperm},
      {"bpf", SYS_bpf, 0, kEperm},
      {"keyctl", SYS_keyctl, 0, kEperm},
      {"io_uring_setup", SYS_io_uring_setup, 0, kEperm},
      {"userfaultfd", SYS_userfaultfd, 0, kEperm},
      {"kexec_load", SYS_kexec_load, 0, kEperm},
      {"open_by_handle_at", SYS_open_by_handle_at, 0, kEperm},
      {"pivot_root", SYS_pivot_root, 0, kEperm},
      {"clone, a thread", SYS_clone, 0x3d0f00, SECCOMP_RET_ALLOW},
      {"clone, a user namespace", SYS_clone, 0x10000000, kEperm},
      {"clone, a mount namespace", SYS_clone, 0x20000, kEperm},
      {"clone3", SYS_clone3, 0, kEnosys},
      {"socket AF_INET", SYS_socket, 2, SECCOMP_RET_ALLOW},
      {"socket AF_ALG", SYS_socket, 38, kEperm},
      {"socket AF_NFC", SYS_socket, 39, SECCOMP_RET_ALLOW},
      {"socket AF_VSOCK", SYS_socket, 40, kEperm},
      {"socket AF_KCM", SYS_socket, 41, SECCOMP_RET_ALLOW},
      {"personality, ask", SYS_personality, 0xffffffff, SECCOMP_RET_ALLOW},
      {"personality, no randomization", SYS_personality, 0x40000, kEperm},
      {"newer than the library", 999, 0, kEnosys},
  };
  const std::string program = default_program();
  for (const Case& c : cases) EXPECT_EQ(decide(program, c.number, c.first), c.decision) << c.name;
}

TEST(SeccompTest, CapabilitiesOpenTheirCalls) {
  struct Case {
    const char* capability;
    int number;
  };
  for (const Case& c : {Case{"CAP_SYS_ADMIN", SYS_mount}, Case{"CAP_SYS_ADMIN", SYS_clone3},
                        Case{"CAP_BPF", SYS_bpf}, Case{"CAP_SYS_BOOT", SYS_reboot},
                        Case{"CAP_SYS_TIME", SYS_settimeofday}, Case{"CAP_SYS_NICE", SYS_mbind},
                        Case{"CAP_DAC_READ_SEARCH", SYS_open_by_handle_at},
                        Case{"CAP_SYS_PTRACE", SYS_kcmp}, Case{"CAP_SYSLOG", SYS_syslog}}) {
    EXPECT_NE(decide(default_program(), c.number), SECCOMP_RET_ALLOW) << c.capability;
    EXPECT_EQ(decide(default_program({c.capability}), c.number), SECCOMP_RET_ALLOW) << c.capability;
  }
}

TEST(SeccompTest, OtherArchitecturesAreKnownOrKilled) {
  constexpr int kI386Mount = 21;
  constexpr int kI386Read = 3;
  const std::string program = default_program();
  EXPECT_EQ(decide(program, kI386Read, 0, AUDIT_ARCH_I386), SECCOMP_RET_ALLOW);
  EXPECT_EQ(decide(program, kI386Mount, 0, AUDIT_ARCH_I386), kEperm);
  EXPECT_EQ(decide(program, 0x40000000 + SYS_mount), kEperm) << "x32";
  EXPECT_EQ(decide(program, SYS_read, 0, AUDIT_ARCH_AARCH64), SECCOMP_RET_KILL_PROCESS);
}

TEST(SeccompTest, ConditionsOfOneRuleHoldTogetherAndRulesAreAlternatives) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  oci::SeccompRule rule;
  rule.names = {"write", "no_such_call"};
  rule.action = "SCMP_ACT_ERRNO";
  rule.errno_ret = 5;
  rule.args = {{.index = 0, .value = 1, .value_two = 0, .op = "SCMP_CMP_EQ"},
               {.index = 2, .value = 10, .value_two = 0, .op = "SCMP_CMP_GE"}};
  profile.syscalls = {rule};
  const std::string program = compile_seccomp(profile);
  seccomp_data data{};
  data.nr = SYS_write;
  data.arch = AUDIT_ARCH_X86_64;
  data.args[0] = 1;
  EXPECT_EQ(run(program, data), SECCOMP_RET_ALLOW);
  data.args[2] = 10;
  EXPECT_EQ(run(program, data), SECCOMP_RET_ERRNO | 5U);
  data.args[0] = 2;
  EXPECT_EQ(run(program, data), SECCOMP_RET_ALLOW);
  data.nr = 999;  // allowed by default: nothing to soften
  EXPECT_EQ(run(program, data), SECCOMP_RET_ALLOW);
}

TEST(SeccompTest, TwoConditionsForOneArgumentAreAlternativesAsWithRunc) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  oci::SeccompRule rule;
  rule.names = {"socket"};
  rule.action = "SCMP_ACT_ERRNO";
  rule.args = {{.index = 0, .value = 16, .value_two = 0, .op = "SCMP_CMP_EQ"},
               {.index = 0, .value = 40, .value_two = 0, .op = "SCMP_CMP_EQ"}};
  profile.syscalls = {rule};
  const std::string program = compile_seccomp(profile);
  EXPECT_EQ(decide(program, SYS_socket, 16), kEperm);
  EXPECT_EQ(decide(program, SYS_socket, 40), kEperm);
  EXPECT_EQ(decide(program, SYS_socket, 2), SECCOMP_RET_ALLOW);
}
#endif

TEST(SeccompTest, WhatMeansNothingIsInvalid) {
  oci::Seccomp profile;
  profile.default_action = "SCMP_ACT_BOGUS";
  EXPECT_NE(invalid_message([&] { compile_seccomp(profile); }), "");
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.architectures = {"SCMP_ARCH_VAX"};
  EXPECT_NE(invalid_message([&] { compile_seccomp(profile); }), "");
  profile.architectures.clear();
  profile.flags = {"BOGUS"};
  EXPECT_NE(invalid_message([&] { seccomp_filter_flags(profile); }), "");
  EXPECT_NE(invalid_message([] { load_seccomp("", 0); }), "");
  EXPECT_NE(invalid_message([] { load_seccomp("123", 0); }), "");
}

SeccompTarget target(std::vector<std::string> caps, std::string kernel = "6.1.0") {
  return {.caps = std::move(caps),
          .arch = "amd64",
          .native = "SCMP_ARCH_X86_64",
          .kernel = std::move(kernel)};
}

TEST(SeccompProfileTest, TheDefaultNamesTheCallsThatDockerAllows) {
  const oci::Seccomp profile =
      resolve_profile(docker_default_profile(), target(docker_default_capabilities()));
  std::set<std::string> names;
  for (const oci::SeccompRule& rule : profile.syscalls) {
    names.insert(rule.names.begin(), rule.names.end());
  }
  // 361 for all, and: socket personality clone clone3 ptrace process_vm_readv process_vm_writev
  // arch_prctl modify_ldt chroot.
  EXPECT_EQ(names.size(), 371U);
  EXPECT_EQ(profile.architectures,
            (std::vector<std::string>{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}));
}

TEST(SeccompProfileTest, ConditionsAreAboutCapabilitiesArchitecturesAndKernels) {
  const SeccompProfile profile = from_json<SeccompProfile>(
      R"({"defaultAction":"SCMP_ACT_ERRNO","syscalls":[
        {"name":"a","action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_X","CAP_Y"]}},
        {"name":"b","action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_X"]}},
        {"name":"c","action":"SCMP_ACT_ALLOW","includes":{"arches":["arm64"]}},
        {"names":["d"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"5.12"}},
        {"names":["e"],"action":"SCMP_ACT_ALLOW","args":null,"comment":"","includes":{}}]})");
  const auto names = [&](const SeccompTarget& where) {
    std::string all;
    for (const oci::SeccompRule& rule : resolve_profile(profile, where).syscalls) {
      all += rule.names.at(0);
    }
    return all;
  };
  EXPECT_EQ(names(target({})), "bde");
  EXPECT_EQ(names(target({"CAP_X"})), "de");
  EXPECT_EQ(names(target({"CAP_X", "CAP_Y"}, "5.4.0")), "ae");
}

TEST(SeccompProfileTest, KernelVersionsCompareAsNumbers) {
  EXPECT_TRUE(kernel_is_at_least("5.10.1", "5.9"));
  EXPECT_TRUE(kernel_is_at_least("6.18.44-fc", "4.8"));
  EXPECT_TRUE(kernel_is_at_least("4.8", "4.8"));
  EXPECT_FALSE(kernel_is_at_least("4.7.9", "4.8"));
}

TEST(SeccompProfileTest, BadProfilesAreRefusedInDockersWords) {
  struct Case {
    std::string_view json;
    std::string_view message;
  };
  for (const Case& c : {Case{"{", "Decoding seccomp profile failed: "},
                        Case{R"({"defaultAction":5})", "Decoding seccomp profile failed: "},
                        Case{R"({"architectures":["a"],"archMap":[{"architecture":"b"}]})",
                             "both 'architectures' and 'archMap' are specified"},
                        Case{R"({"syscalls":[{"name":"a","names":["b"]}]})",
                             "both 'name' and 'names' are specified"}}) {
    EXPECT_TRUE(invalid_message([&] { parse_seccomp_profile(c.json, {}); }).starts_with(c.message))
        << c.json;
  }
  EXPECT_EQ(parse_seccomp_profile("{}", {}).default_action, "") << "unconfined";
}

}  // namespace
}  // namespace mydock::runtime
