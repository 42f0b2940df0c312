#include "runtime/seccomp_profile.h"

#include <sys/utsname.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "runtime/seccomp.h"

namespace mydock::runtime {
namespace {

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool applies(const ProfileRule& rule, const SeccompTarget& target) {
  const ProfileCondition& no = rule.excludes;
  const ProfileCondition& yes = rule.includes;
  const auto has_cap = [&](const std::string& cap) { return contains(target.caps, cap); };
  if (contains(no.arches, target.arch)) return false;
  if (std::any_of(no.caps.begin(), no.caps.end(), has_cap)) return false;
  if (!no.min_kernel.empty() && kernel_is_at_least(target.kernel, no.min_kernel)) return false;
  if (!yes.arches.empty() && !contains(yes.arches, target.arch)) return false;
  if (!std::all_of(yes.caps.begin(), yes.caps.end(), has_cap)) return false;
  return yes.min_kernel.empty() || kernel_is_at_least(target.kernel, yes.min_kernel);
}

SeccompTarget this_machine(const std::vector<std::string>& bounding) {
  utsname names{};
  check(::uname(&names), "uname");
  SeccompTarget target{.caps = bounding, .arch = {}, .native = {}, .kernel = names.release};
#if defined(__x86_64__)
  target.arch = "amd64";
  target.native = "SCMP_ARCH_X86_64";
#elif defined(__aarch64__)
  target.arch = "arm64";
  target.native = "SCMP_ARCH_AARCH64";
#elif defined(__riscv) && __riscv_xlen == 64
  target.arch = "riscv64";
  target.native = "SCMP_ARCH_RISCV64";
#else
#error "no seccomp architecture for this machine"
#endif
  return target;
}

unsigned next_number(std::string_view& version) {
  unsigned number = 0;
  const auto end = std::from_chars(version.data(), version.data() + version.size(), number).ptr;
  version.remove_prefix(static_cast<std::size_t>(end - version.data()));
  if (version.starts_with('.')) version.remove_prefix(1);
  return number;
}

std::vector<std::string> architectures_for(const SeccompProfile& profile,
                                           const SeccompTarget& target) {
  if (profile.arch_map.empty()) return profile.architectures;
  for (const ProfileArchitecture& entry : profile.arch_map) {
    if (entry.architecture != target.native) continue;
    std::vector<std::string> all{entry.architecture};
    all.insert(all.end(), entry.sub_architectures.begin(), entry.sub_architectures.end());
    return all;
  }
  return {};
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) result.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

bool kernel_is_at_least(std::string_view kernel, std::string_view least) {
  const unsigned major = next_number(kernel);
  const unsigned least_major = next_number(least);
  if (major != least_major) return major > least_major;
  return next_number(kernel) >= next_number(least);
}

oci::Seccomp resolve_profile(const SeccompProfile& profile, const SeccompTarget& target) {
  if (!profile.architectures.empty() && !profile.arch_map.empty()) {
    fail(Kind::invalid,
         "both 'architectures' and 'archMap' are specified in the seccomp profile, use either "
         "'architectures' or 'archMap'");
  }
  oci::Seccomp result;
  result.default_action = profile.default_action;
  result.default_errno_ret = profile.default_errno_ret;
  result.architectures = architectures_for(profile, target);
  result.flags = profile.flags;
  for (const ProfileRule& rule : profile.syscalls) {
    if (!rule.name.empty() && !rule.names.empty()) {
      fail(Kind::invalid,
           "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or "
           "'names'");
    }
    if (!applies(rule, target)) continue;
    result.syscalls.push_back(
        {.names = rule.name.empty() ? rule.names : std::vector<std::string>{rule.name},
         .action = rule.action,
         .errno_ret = rule.errno_ret,
         .args = rule.args});
  }
  return result;
}

oci::Seccomp default_seccomp_profile(const std::vector<std::string>& bounding) {
  return resolve_profile(docker_default_profile(), this_machine(bounding));
}

oci::Seccomp parse_seccomp_profile(std::string_view json,
                                   const std::vector<std::string>& bounding) {
  const SeccompProfile profile = in_context("Decoding seccomp profile failed",
                                            [&] { return from_json<SeccompProfile>(json); });
  return resolve_profile(profile, this_machine(bounding));
}

}  // namespace mydock::runtime
