#include "runtime/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

#include "base/error.h"
#include "base/fd.h"

namespace mydock::runtime {
namespace {

constexpr std::uint32_t kDefaultErrno = 1;  // EPERM

struct FilterDelete {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDelete>;

// libseccomp answers with negative errno values.
void check_seccomp(int rc, const std::string& doing) {
  if (rc < 0)
    throw Error(Kind::invalid, fmt::format("seccomp: {}: {}", doing, std::strerror(-rc)), -rc);
}

std::uint32_t action_of(const std::string& name, std::optional<std::uint32_t> errno_ret) {
  struct Action {
    std::string_view name;
    std::uint32_t value;
  };
  constexpr std::array kActions{
      Action{"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
      Action{"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
      Action{"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
      Action{"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
      Action{"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
      Action{"SCMP_ACT_LOG", SCMP_ACT_LOG},
  };
  const std::uint32_t number = errno_ret.value_or(kDefaultErrno);
  if (name == "SCMP_ACT_ERRNO") return SCMP_ACT_ERRNO(number);
  if (name == "SCMP_ACT_TRACE") return SCMP_ACT_TRACE(number);
  if (name == "SCMP_ACT_NOTIFY") {
    fail(Kind::not_implemented, "seccomp: SCMP_ACT_NOTIFY is not supported");
  }
  for (const Action& action : kActions) {
    if (action.name == name) return action.value;
  }
  fail(Kind::invalid, "seccomp: unknown action \"{}\"", name);
}

scmp_compare operator_of(const std::string& name) {
  struct Operator {
    std::string_view name;
    scmp_compare value;
  };
  constexpr std::array kOperators{
      Operator{"SCMP_CMP_NE", SCMP_CMP_NE},
      Operator{"SCMP_CMP_LT", SCMP_CMP_LT},
      Operator{"SCMP_CMP_LE", SCMP_CMP_LE},
      Operator{"SCMP_CMP_EQ", SCMP_CMP_EQ},
      Operator{"SCMP_CMP_GE", SCMP_CMP_GE},
      Operator{"SCMP_CMP_GT", SCMP_CMP_GT},
      Operator{"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
  };
  for (const Operator& op : kOperators) {
    if (op.name == name) return op.value;
  }
  fail(Kind::invalid, "seccomp: unknown operator \"{}\"", name);
}

// "SCMP_ARCH_X86_64" is libseccomp's "x86_64".
std::uint32_t architecture_of(const std::string& name) {
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  std::string lower = name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : "";
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::uint32_t token = lower.empty() ? 0 : ::seccomp_arch_resolve_name(lower.c_str());
  if (token == 0) fail(Kind::invalid, "seccomp: unknown architecture \"{}\"", name);
  return token;
}

void add_architectures(const Filter& filter, const oci::Seccomp& profile) {
  for (const std::string& name : profile.architectures) {
    const int rc = ::seccomp_arch_add(filter.get(), architecture_of(name));
    if (rc != -EEXIST) check_seccomp(rc, "add architecture " + name);
  }
}

constexpr std::size_t kOne = 1;

bool has_repeated_argument(const std::vector<scmp_arg_cmp>& args) {
  std::set<unsigned> seen;
  return std::any_of(args.begin(), args.end(),
                     [&](const scmp_arg_cmp& arg) { return !seen.insert(arg.arg).second; });
}

void add_rule(const Filter& filter, const oci::SeccompRule& rule, std::uint32_t default_action) {
  const std::uint32_t action = action_of(rule.action, rule.errno_ret);
  std::vector<scmp_arg_cmp> args;
  for (const oci::SeccompArg& arg : rule.args) {
    args.push_back({.arg = arg.index,
                    .op = operator_of(arg.op),
                    .datum_a = arg.value,
                    .datum_b = arg.value_two});
  }
  if (action == default_action) return;  // says nothing, and the library refuses it
  for (const std::string& name : rule.names) {
    const int number = ::seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) continue;
    // Many rules for one call are alternatives; the conditions of one rule hold together. The
    // library takes one condition an argument: as runc and crun do, more make a rule each.
    const std::size_t step = has_repeated_argument(args) ? 1 : std::max(args.size(), kOne);
    for (std::size_t at = 0; at == 0 || at < args.size(); at += step) {
      const std::size_t count = std::min(step, args.size() - at);
      check_seccomp(::seccomp_rule_add_array(filter.get(), action, number,
                                             static_cast<unsigned>(count), args.data() + at),
                    "add a rule for " + name);
    }
  }
}

std::string export_program(const Filter& filter) {
  const Fd memory(check(::memfd_create("seccomp", MFD_CLOEXEC), "make a memory file"));
  check_seccomp(::seccomp_export_bpf(filter.get(), memory.get()), "write the program");
  check(::lseek(memory.get(), 0, SEEK_SET), "rewind the program");
  constexpr std::size_t kLargestProgram = BPF_MAXINSNS * sizeof(sock_filter);
  return read_to_end(memory, kLargestProgram);
}

int last_known_call(std::uint32_t architecture) {
  constexpr int kBeyondAll = 1000;
  for (int number = kBeyondAll; number > 0; --number) {
    char* name = ::seccomp_syscall_resolve_num_arch(architecture, number);
    const bool known = name != nullptr;
    std::free(name);
    if (known) return number;
  }
  return kBeyondAll;
}

// A program put before the library's: calls beyond the last one that the library knows give ENOSYS,
// as on an older kernel; EPERM would make programs give up instead of using an older call.
std::vector<sock_filter> unknown_call_filter(const oci::Seccomp& profile) {
  struct Architecture {
    std::uint32_t token;
    std::uint32_t audit;
  };
  // Those that share an audit number with another (x32) or number their calls from a base of their
  // own are left to the library.
  constexpr std::array kArchitectures{Architecture{SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
                                      Architecture{SCMP_ARCH_X86, AUDIT_ARCH_I386},
                                      Architecture{SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64},
                                      Architecture{SCMP_ARCH_ARM, AUDIT_ARCH_ARM}};
  constexpr std::uint32_t kX32Bit = 0x40000000;
  std::vector<std::uint32_t> wanted{::seccomp_arch_native()};
  for (const std::string& name : profile.architectures) wanted.push_back(architecture_of(name));
  std::vector<sock_filter> code;
  for (const Architecture& architecture : kArchitectures) {
    if (std::find(wanted.begin(), wanted.end(), architecture.token) == wanted.end()) continue;
    const auto last = static_cast<std::uint32_t>(last_known_call(architecture.token));
    const std::array<sock_filter, 7> block{{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture.audit, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, last, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_JMP | BPF_JA, 0),  // falls through: the next block does not match
    }};
    code.insert(code.end(), block.begin(), block.end());
  }
  return code;
}

}  // namespace

std::string compile_seccomp(const oci::Seccomp& profile) {
  const std::uint32_t default_action = action_of(profile.default_action, profile.default_errno_ret);
  const Filter filter(::seccomp_init(default_action));
  if (!filter) fail(Kind::system, "seccomp: cannot make a filter");
  check_seccomp(::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
                "set the action for other architectures");
  add_architectures(filter, profile);
  for (const oci::SeccompRule& rule : profile.syscalls) add_rule(filter, rule, default_action);
  std::string program;
  if (profile.default_action == "SCMP_ACT_ERRNO") {
    const std::vector<sock_filter> before = unknown_call_filter(profile);
    program.assign(reinterpret_cast<const char*>(before.data()),
                   before.size() * sizeof(sock_filter));
  }
  return program + export_program(filter);
}

unsigned seccomp_filter_flags(const oci::Seccomp& profile) {
  unsigned flags = 0;
  for (const std::string& name : profile.flags) {
    if (name == "SECCOMP_FILTER_FLAG_LOG") {
      flags |= SECCOMP_FILTER_FLAG_LOG;
    } else if (name == "SECCOMP_FILTER_FLAG_SPEC_ALLOW") {
      flags |= SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    } else if (name == "SECCOMP_FILTER_FLAG_TSYNC") {
      flags |= SECCOMP_FILTER_FLAG_TSYNC;
    } else {
      fail(Kind::invalid, "seccomp: unknown flag \"{}\"", name);
    }
  }
  return flags;
}

void load_seccomp(std::string_view program, unsigned flags) {
  const std::size_t count = program.size() / sizeof(sock_filter);
  if (count == 0 || count > BPF_MAXINSNS || program.size() % sizeof(sock_filter) != 0) {
    fail(Kind::invalid, "seccomp: {} bytes are not a program", program.size());
  }
  std::vector<sock_filter> code(count);
  std::memcpy(code.data(), program.data(), program.size());
  sock_fprog prog{.len = static_cast<unsigned short>(count), .filter = code.data()};
  check(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog), "load the seccomp filter");
}

}  // namespace mydock::runtime
