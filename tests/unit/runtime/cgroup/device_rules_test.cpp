#include "runtime/cgroup/device_rules.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace mydock::runtime::cgroup {

namespace {

oci::DeviceRule rule(bool allow, const char* type, std::optional<std::int64_t> major,
                     std::optional<std::int64_t> minor, const char* access) {
  return {.allow = allow, .type = type, .major = major, .minor = minor, .access = access};
}

// Runs the few instructions that device_program makes, as the kernel would.
bool allowed(const std::vector<bpf_insn>& program, int type, int major, int minor, int access) {
  if (program.empty()) return true;
  std::array<std::int64_t, 10> r{};
  for (std::size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& i = program[at];
    const auto offset = static_cast<std::size_t>(i.off);
    if (i.code == (BPF_LDX | BPF_MEM | BPF_W)) {
      r[i.dst_reg] = i.off == 0 ? access << 16 | type : i.off == 4 ? major : minor;
    } else if (i.code == (BPF_ALU | BPF_MOV | BPF_X)) {
      r[i.dst_reg] = r[i.src_reg];
    } else if (i.code == (BPF_ALU | BPF_AND | BPF_K)) {
      r[i.dst_reg] &= i.imm;
    } else if (i.code == (BPF_ALU | BPF_RSH | BPF_K)) {
      r[i.dst_reg] >>= i.imm;
    } else if (i.code == (BPF_ALU | BPF_MOV | BPF_K)) {
      r[i.dst_reg] = i.imm;
    } else if (i.code == (BPF_JMP | BPF_JNE | BPF_K)) {
      if (r[i.dst_reg] != i.imm) at += offset;
    } else if (i.code == (BPF_JMP | BPF_JEQ | BPF_K)) {
      if (r[i.dst_reg] == i.imm) at += offset;
    } else {
      return r[0] != 0;  // exit
    }
  }
  ADD_FAILURE() << "the program runs off its end";
  return false;
}

constexpr int kChar = BPF_DEVCG_DEV_CHAR;
constexpr int kBlock = BPF_DEVCG_DEV_BLOCK;
constexpr int kMknod = BPF_DEVCG_ACC_MKNOD;
constexpr int kRead = BPF_DEVCG_ACC_READ;
constexpr int kReadWrite = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

}  // namespace

TEST(DeviceRulesTest, WithoutRulesOnlyTheOrdinaryDevicesAreAllowed) {
  const auto program = device_program(effective_rules({}));
  EXPECT_TRUE(allowed(program, kChar, 1, 3, kReadWrite));    // null
  EXPECT_TRUE(allowed(program, kChar, 136, 5, kReadWrite));  // a terminal
  EXPECT_TRUE(allowed(program, kBlock, 8, 0, kMknod));
  EXPECT_FALSE(allowed(program, kBlock, 8, 0, kRead));
  EXPECT_FALSE(allowed(program, kChar, 1, 1, kRead));     // mem
  EXPECT_FALSE(allowed(program, kChar, 10, 229, kRead));  // fuse
}

TEST(DeviceRulesTest, TheLastRuleThatMatchesWins) {
  const auto program =
      device_program({rule(false, "a", {}, {}, "rwm"), rule(true, "c", 10, {}, "rwm"),
                      rule(false, "c", 10, 229, "rwm")});
  EXPECT_TRUE(allowed(program, kChar, 10, 200, kReadWrite));
  EXPECT_FALSE(allowed(program, kChar, 10, 229, kRead));
  EXPECT_FALSE(allowed(program, kBlock, 10, 200, kRead));
}

TEST(DeviceRulesTest, PartOfAnAccessIsNotTheWhole) {
  const auto program = device_program({rule(true, "b", 8, 0, "r")});
  EXPECT_TRUE(allowed(program, kBlock, 8, 0, kRead));
  EXPECT_FALSE(allowed(program, kBlock, 8, 0, kReadWrite));
  const auto denied = device_program({rule(true, "a", {}, {}, "rwm"), rule(false, "b", 8, 0, "w")});
  EXPECT_FALSE(allowed(denied, kBlock, 8, 0, kReadWrite));
  EXPECT_TRUE(allowed(denied, kBlock, 8, 0, kRead));
}

TEST(DeviceRulesTest, APrivilegedContainerNeedsNoProgram) {
  EXPECT_TRUE(device_program(effective_rules({rule(true, "a", {}, {}, "rwm")})).empty());
}

TEST(DeviceRulesTest, RefusesUnknownTypesAndAccesses) {
  EXPECT_THROW(device_program({rule(true, "x", 1, 1, "r")}), Error);
  EXPECT_THROW(device_program({rule(true, "c", 1, 1, "rx")}), Error);
}

TEST(DeviceRulesTest, V1LinesStartFromNothing) {
  const auto lines = device_lines_v1({rule(false, "", {}, {}, ""), rule(true, "c", 10, {}, "rw")});
  EXPECT_EQ(lines[0], (std::pair<std::string, std::string>("devices.deny", "a")));
  EXPECT_EQ(lines[1], (std::pair<std::string, std::string>("devices.deny", "a")));
  EXPECT_EQ(lines[2], (std::pair<std::string, std::string>("devices.allow", "c 10:* rw")));
}

}  // namespace mydock::runtime::cgroup
