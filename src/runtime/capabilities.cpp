#include "runtime/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"

namespace mydock::runtime {
namespace {

// include/uapi/linux/capability.h: the index is the number.
constexpr std::array<std::string_view, 41> kNames{"CAP_CHOWN",
                                                  "CAP_DAC_OVERRIDE",
                                                  "CAP_DAC_READ_SEARCH",
                                                  "CAP_FOWNER",
                                                  "CAP_FSETID",
                                                  "CAP_KILL",
                                                  "CAP_SETGID",
                                                  "CAP_SETUID",
                                                  "CAP_SETPCAP",
                                                  "CAP_LINUX_IMMUTABLE",
                                                  "CAP_NET_BIND_SERVICE",
                                                  "CAP_NET_BROADCAST",
                                                  "CAP_NET_ADMIN",
                                                  "CAP_NET_RAW",
                                                  "CAP_IPC_LOCK",
                                                  "CAP_IPC_OWNER",
                                                  "CAP_SYS_MODULE",
                                                  "CAP_SYS_RAWIO",
                                                  "CAP_SYS_CHROOT",
                                                  "CAP_SYS_PTRACE",
                                                  "CAP_SYS_PACCT",
                                                  "CAP_SYS_ADMIN",
                                                  "CAP_SYS_BOOT",
                                                  "CAP_SYS_NICE",
                                                  "CAP_SYS_RESOURCE",
                                                  "CAP_SYS_TIME",
                                                  "CAP_SYS_TTY_CONFIG",
                                                  "CAP_MKNOD",
                                                  "CAP_LEASE",
                                                  "CAP_AUDIT_WRITE",
                                                  "CAP_AUDIT_CONTROL",
                                                  "CAP_SETFCAP",
                                                  "CAP_MAC_OVERRIDE",
                                                  "CAP_MAC_ADMIN",
                                                  "CAP_SYSLOG",
                                                  "CAP_WAKE_ALARM",
                                                  "CAP_BLOCK_SUSPEND",
                                                  "CAP_AUDIT_READ",
                                                  "CAP_PERFMON",
                                                  "CAP_BPF",
                                                  "CAP_CHECKPOINT_RESTORE"};

constexpr std::array<std::string_view, 14> kDockerDefault{
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
    "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
    "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    "CAP_KILL",    "CAP_AUDIT_WRITE"};

constexpr std::string_view kAll = "ALL";

std::string to_upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return upper;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

CapabilitySet set_of(const std::vector<std::string>& names, std::string_view field) {
  CapabilitySet set = 0;
  for (const std::string& name : normalize_capabilities(names, field)) {
    if (name == kAll) return kernel_capabilities();
    set |= CapabilitySet{1} << *capability_number(name);
  }
  return set;
}

}  // namespace

std::optional<int> capability_number(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<int>(found - kNames.begin());
}

std::string capability_name(int number) {
  const auto index = static_cast<std::size_t>(number);
  return index < kNames.size() ? std::string(kNames.at(index)) : fmt::format("CAP_{}", number);
}

CapabilitySet capability_set(const std::vector<std::string>& names) {
  CapabilitySet set = 0;
  for (const std::string& name : names) {
    const std::optional<int> number = capability_number(name);
    if (!number) fail(Kind::invalid, "unknown capability: \"{}\"", name);
    set |= CapabilitySet{1} << *number;
  }
  return set;
}

std::vector<std::string> capability_names(CapabilitySet set) {
  std::vector<std::string> names;
  for (std::size_t number = 0; number < kNames.size(); ++number) {
    if ((set >> number & 1U) != 0) names.emplace_back(kNames.at(number));
  }
  return names;
}

CapabilitySet kernel_capabilities() {
  CapabilitySet set = 0;
  for (std::size_t number = 0; number < kNames.size(); ++number) {
    // EINVAL: newer than the kernel.
    if (::prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0) set |= CapabilitySet{1} << number;
  }
  return set;
}

CapabilitySet own_bounding_set() {
  CapabilitySet set = 0;
  // Also those that we have no name for yet: they must be dropped as well.
  for (unsigned number = 0; number < 64; ++number) {
    if (::prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1) set |= CapabilitySet{1} << number;
  }
  return set;
}

std::vector<std::string> docker_default_capabilities() {
  return {kDockerDefault.begin(), kDockerDefault.end()};
}

std::vector<std::string> normalize_capabilities(const std::vector<std::string>& names,
                                                std::string_view field) {
  std::vector<std::string> result;
  for (const std::string& name : names) {
    std::string upper = to_upper(name);
    if (upper != kAll && !upper.starts_with("CAP_")) upper.insert(0, "CAP_");
    if (upper != kAll && !capability_number(upper)) {
      fail(Kind::invalid, "invalid {}: unknown capability: \"{}\"", field, upper);
    }
    result.push_back(std::move(upper));
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  // As Docker: ALL swallows the others.
  if (contains(result, kAll)) return {std::string(kAll)};
  return result;
}

std::vector<std::string> resolve_capabilities(const std::vector<std::string>& add,
                                              const std::vector<std::string>& drop,
                                              bool privileged) {
  const CapabilitySet added = set_of(add, "CapAdd");
  const CapabilitySet dropped = set_of(drop, "CapDrop");
  if (privileged) return capability_names(kernel_capabilities());
  const bool all_added = contains(normalize_capabilities(add, "CapAdd"), kAll);
  const bool all_dropped = contains(normalize_capabilities(drop, "CapDrop"), kAll);
  if (all_added) {
    return capability_names(kernel_capabilities() & ~(all_dropped ? CapabilitySet{0} : dropped));
  }
  if (all_dropped) return capability_names(added);
  return capability_names((capability_set(docker_default_capabilities()) & ~dropped) | added);
}

}  // namespace mydock::runtime
