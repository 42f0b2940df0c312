#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "oci/runtime_spec.h"

// Docker's profile format: rules that apply only with some capabilities, architectures, kernels.
namespace mydock::runtime {

struct ProfileCondition {
  std::vector<std::string> caps;
  std::vector<std::string> arches;  // "amd64"
  std::string min_kernel;           // "4.8"
  bool operator==(const ProfileCondition&) const = default;
};
template <class V>
void fields(V& v, Of<ProfileCondition> auto& c) {
  v.omit_empty("caps", c.caps);
  v.omit_empty("arches", c.arches);
  v.omit_empty("minKernel", c.min_kernel);
}

struct ProfileRule {
  std::string name;
  std::vector<std::string> names;
  std::string action;
  std::optional<std::uint32_t> errno_ret;
  std::vector<oci::SeccompArg> args;
  ProfileCondition includes;
  ProfileCondition excludes;
  bool operator==(const ProfileRule&) const = default;
};
template <class V>
void fields(V& v, Of<ProfileRule> auto& r) {
  v.omit_empty("name", r.name);
  v.omit_empty("names", r.names);
  v("action", r.action);
  v.omit_empty("errnoRet", r.errno_ret);
  v.omit_empty("args", r.args);
  v.omit_empty("includes", r.includes);
  v.omit_empty("excludes", r.excludes);
}

struct ProfileArchitecture {
  std::string architecture;
  std::vector<std::string> sub_architectures;
  bool operator==(const ProfileArchitecture&) const = default;
};
template <class V>
void fields(V& v, Of<ProfileArchitecture> auto& a) {
  v("architecture", a.architecture);
  v.omit_empty("subArchitectures", a.sub_architectures);
}

struct SeccompProfile {
  std::string default_action;
  std::optional<std::uint32_t> default_errno_ret;
  std::vector<std::string> architectures;
  std::vector<ProfileArchitecture> arch_map;
  std::vector<std::string> flags;
  std::vector<ProfileRule> syscalls;
  bool operator==(const SeccompProfile&) const = default;
};
template <class V>
void fields(V& v, Of<SeccompProfile> auto& p) {
  v("defaultAction", p.default_action);
  v.omit_empty("defaultErrnoRet", p.default_errno_ret);
  v.omit_empty("architectures", p.architectures);
  v.omit_empty("archMap", p.arch_map);
  v.omit_empty("flags", p.flags);
  v.omit_empty("syscalls", p.syscalls);
}

// Splits at blanks.
std::vector<std::string> words(std::string_view text);
SeccompProfile docker_default_profile();

// Where the result is to run.
struct SeccompTarget {
  std::vector<std::string> caps;  // the bounding set
  std::string arch;               // "amd64"
  std::string native;             // "SCMP_ARCH_X86_64"
  std::string kernel;             // "6.18.0"
};
oci::Seccomp resolve_profile(const SeccompProfile& profile, const SeccompTarget& target);
// "5.10" is older than "5.9.1"? No. What is not a number counts as 0.
bool kernel_is_at_least(std::string_view kernel, std::string_view least);

}  // namespace mydock::runtime
