#include "runtime/cgroup/device_rules.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"

namespace mydock::runtime::cgroup {

namespace {

// Fields of bpf_cgroup_dev_ctx: access_type (access << 16 | type), major, minor.
constexpr std::int16_t kAccessType = 0;
constexpr std::int16_t kMajor = 4;
constexpr std::int16_t kMinor = 8;

bpf_insn load(int to, std::int16_t offset) {
  return {BPF_LDX | BPF_MEM | BPF_W, static_cast<__u8>(to & 15), BPF_REG_1, offset, 0};
}
bpf_insn alu(int op, int to, std::int32_t value) {
  return {static_cast<__u8>(BPF_ALU | op | BPF_K), static_cast<__u8>(to & 15), 0, 0, value};
}
bpf_insn copy(int to, int from) {
  return {BPF_ALU | BPF_MOV | BPF_X, static_cast<__u8>(to & 15), static_cast<__u8>(from & 15), 0,
          0};
}
// Jumps over `count` instructions; the count is filled in when the rule is whole.
bpf_insn jump(int op, int reg, std::int32_t value) {
  return {static_cast<__u8>(BPF_JMP | op | BPF_K), static_cast<__u8>(reg & 15), 0, 0, value};
}

std::int32_t access_bits(const oci::DeviceRule& rule) {
  std::int32_t bits = 0;
  for (const char c : rule.access) {
    if (c == 'r') {
      bits |= BPF_DEVCG_ACC_READ;
    } else if (c == 'w') {
      bits |= BPF_DEVCG_ACC_WRITE;
    } else if (c == 'm') {
      bits |= BPF_DEVCG_ACC_MKNOD;
    } else {
      fail(Kind::invalid, "invalid device access {}", json_quote(rule.access));
    }
  }
  return bits == 0 ? 7 : bits;
}

char type_of(const oci::DeviceRule& rule) {
  if (rule.type.empty()) return 'a';
  if (rule.type == "u") return 'c';
  if (rule.type.size() == 1 && std::strchr("abc", rule.type[0]) != nullptr) return rule.type[0];
  fail(Kind::invalid, "invalid device type {}", json_quote(rule.type));
}

bool matches_all(const oci::DeviceRule& rule) {
  return type_of(rule) == 'a' && !rule.major && !rule.minor && access_bits(rule) == 7;
}

// r2 type, r3 access, r4 major, r5 minor. Falls through when the rule does not match.
void append_rule(std::vector<bpf_insn>& program, const oci::DeviceRule& rule) {
  std::vector<bpf_insn> body;
  const char type = type_of(rule);
  if (type != 'a') {
    body.push_back(
        jump(BPF_JNE, BPF_REG_2, type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK));
  }
  const std::int32_t access = access_bits(rule);
  if (access != 7) {
    body.push_back(copy(BPF_REG_6, BPF_REG_3));
    // Allowed only if nothing beyond the rule is asked for; refused if anything of it is.
    body.push_back(alu(BPF_AND, BPF_REG_6, rule.allow ? ~access & 7 : access));
    body.push_back(jump(rule.allow ? BPF_JNE : BPF_JEQ, BPF_REG_6, 0));
  }
  if (rule.major && *rule.major >= 0) {
    body.push_back(jump(BPF_JNE, BPF_REG_4, static_cast<std::int32_t>(*rule.major)));
  }
  if (rule.minor && *rule.minor >= 0) {
    body.push_back(jump(BPF_JNE, BPF_REG_5, static_cast<std::int32_t>(*rule.minor)));
  }
  body.push_back(alu(BPF_MOV, BPF_REG_0, rule.allow ? 1 : 0));
  body.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
  for (std::size_t i = 0; i < body.size(); ++i) {
    const bool jumps = (body[i].code & 7) == BPF_JMP && body[i].code != (BPF_JMP | BPF_EXIT);
    if (jumps) body[i].off = static_cast<__s16>(body.size() - i - 1);
  }
  program.insert(program.end(), body.begin(), body.end());
}

long bpf(int command, bpf_attr& attr) { return ::syscall(SYS_bpf, command, &attr, sizeof(attr)); }

std::string number_or_star(const std::optional<std::int64_t>& number) {
  return number && *number >= 0 ? std::to_string(*number) : "*";
}

}  // namespace

std::vector<oci::DeviceRule> effective_rules(const std::vector<oci::DeviceRule>& rules) {
  std::vector<oci::DeviceRule> all = rules;
  if (rules.empty())
    all.push_back({.allow = false, .type = "a", .major = {}, .minor = {}, .access = "rwm"});
  const auto allow = [&](const char* type, std::optional<std::int64_t> major,
                         std::optional<std::int64_t> minor, const char* access) {
    all.push_back({.allow = true, .type = type, .major = major, .minor = minor, .access = access});
  };
  allow("c", {}, {}, "m");
  allow("b", {}, {}, "m");
  for (const std::int64_t minor : {3, 5, 7, 8, 9}) allow("c", 1, minor, "rwm");
  for (const std::int64_t minor : {0, 1, 2}) allow("c", 5, minor, "rwm");
  allow("c", 136, {}, "rwm");
  return all;
}

std::vector<bpf_insn> device_program(const std::vector<oci::DeviceRule>& rules) {
  std::vector<bpf_insn> program{load(BPF_REG_2, kAccessType),    copy(BPF_REG_3, BPF_REG_2),
                                alu(BPF_AND, BPF_REG_2, 0xFFFF), alu(BPF_RSH, BPF_REG_3, 16),
                                load(BPF_REG_4, kMajor),         load(BPF_REG_5, kMinor)};
  bool only_allows = true;
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    append_rule(program, *rule);
    only_allows = only_allows && rule->allow;
    if (!matches_all(*rule)) continue;
    if (only_allows) program.clear();
    return program;
  }
  program.push_back(alu(BPF_MOV, BPF_REG_0, 0));
  program.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
  return program;
}

void attach_device_program(const Fd& group, const std::vector<oci::DeviceRule>& rules) {
  const std::vector<bpf_insn> program = device_program(effective_rules(rules));
  if (program.empty()) return;
  bpf_attr load_attr{};
  load_attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load_attr.insns = reinterpret_cast<__u64>(program.data());
  load_attr.insn_cnt = static_cast<__u32>(program.size());
  load_attr.license = reinterpret_cast<__u64>("Apache-2.0");
  const Fd loaded(static_cast<int>(
      check(bpf(BPF_PROG_LOAD, load_attr), "load the device rules into the kernel")));
  bpf_attr attach{};
  attach.target_fd = static_cast<__u32>(group.get());
  attach.attach_bpf_fd = static_cast<__u32>(loaded.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  // As every other engine: a container engine inside must be able to add its own below.
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  check(bpf(BPF_PROG_ATTACH, attach), "attach the device rules to the cgroup");
}

std::vector<std::pair<std::string, std::string>> device_lines_v1(
    const std::vector<oci::DeviceRule>& rules) {
  std::vector<std::pair<std::string, std::string>> lines{{"devices.deny", "a"}};
  for (const auto& rule : effective_rules(rules)) {
    const char* file = rule.allow ? "devices.allow" : "devices.deny";
    if (matches_all(rule)) {
      lines.emplace_back(file, "a");
      continue;
    }
    // The v1 controller has no line for "both types": two say the same.
    for (const char type : {'c', 'b'}) {
      if (type_of(rule) != 'a' && type_of(rule) != type) continue;
      lines.emplace_back(file, std::string(1, type) + " " + number_or_star(rule.major) + ":" +
                                   number_or_star(rule.minor) + " " +
                                   (rule.access.empty() ? "rwm" : rule.access));
    }
  }
  return lines;
}

}  // namespace mydock::runtime::cgroup
