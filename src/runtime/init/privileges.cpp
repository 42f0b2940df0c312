#include "runtime/init/privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/error.h"
#include "runtime/init/kernel_files.h"

namespace mydock::runtime::init {
namespace {

struct RlimitName {
  std::string_view name;
  __rlimit_resource resource;
};
constexpr std::array kRlimits{
    RlimitName{"RLIMIT_AS", RLIMIT_AS},
    RlimitName{"RLIMIT_CORE", RLIMIT_CORE},
    RlimitName{"RLIMIT_CPU", RLIMIT_CPU},
    RlimitName{"RLIMIT_DATA", RLIMIT_DATA},
    RlimitName{"RLIMIT_FSIZE", RLIMIT_FSIZE},
    RlimitName{"RLIMIT_LOCKS", RLIMIT_LOCKS},
    RlimitName{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    RlimitName{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    RlimitName{"RLIMIT_NICE", RLIMIT_NICE},
    RlimitName{"RLIMIT_NOFILE", RLIMIT_NOFILE},
    RlimitName{"RLIMIT_NPROC", RLIMIT_NPROC},
    RlimitName{"RLIMIT_RSS", RLIMIT_RSS},
    RlimitName{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    RlimitName{"RLIMIT_RTTIME", RLIMIT_RTTIME},
    RlimitName{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    RlimitName{"RLIMIT_STACK", RLIMIT_STACK},
};

__rlimit_resource resource_of(const oci::Rlimit& limit) {
  const auto found = std::find_if(kRlimits.begin(), kRlimits.end(),
                                  [&](const RlimitName& r) { return r.name == limit.type; });
  if (found == kRlimits.end()) fail(Kind::invalid, "unknown rlimit \"{}\"", limit.type);
  return found->resource;
}

void set_rlimit(const oci::Rlimit& limit, Warnings& warnings) {
  const __rlimit_resource resource = resource_of(limit);
  if (limit.soft > limit.hard) {
    fail(Kind::invalid, "{}: soft limit {} is above hard limit {}", limit.type, limit.soft,
         limit.hard);
  }
  struct rlimit wanted {};
  wanted.rlim_cur = limit.soft;
  wanted.rlim_max = limit.hard;
  if (::setrlimit(resource, &wanted) == 0) return;
  if (errno != EPERM) fail_errno("set {}", limit.type);
  struct rlimit ours {};
  check(::getrlimit(resource, &ours), "read {}", limit.type);
  ours.rlim_max = std::min(ours.rlim_max, wanted.rlim_max);
  ours.rlim_cur = std::min(ours.rlim_max, wanted.rlim_cur);
  check(::setrlimit(resource, &ours), "set {}", limit.type);
  warnings.push_back(fmt::format("{} {}:{} is more than this machine allows, set to {}:{}",
                                 limit.type, limit.soft, limit.hard, ours.rlim_cur, ours.rlim_max));
}

// config.md: what cannot be granted, or is no capability's name here, is warned of and left out.
class Clamp {
 public:
  explicit Clamp(CapabilitySet own) : own_(own) {}

  CapabilitySet operator()(const std::vector<std::string>& names) {
    CapabilitySet wanted = 0;
    for (const std::string& name : names) {
      if (const std::optional<int> number = capability_number(name)) {
        wanted |= CapabilitySet{1} << *number;
      } else {
        unknown_.insert(name);
      }
    }
    lost_ |= wanted & ~own_;
    return wanted & own_;
  }

  void warn(Warnings& warnings) const {
    for (const std::string& name : capability_names(lost_)) {
      warnings.push_back(name + " is not in this machine's own bounding set, left out");
    }
    for (const std::string& name : unknown_) {
      warnings.push_back("unknown capability \"" + name + "\", left out");
    }
  }

 private:
  CapabilitySet own_;
  CapabilitySet lost_ = 0;
  std::set<std::string> unknown_;
};

void drop_bounding_set(CapabilitySet drop) {
  for (int number = 0; number < 64; ++number) {
    if ((drop >> number & 1U) == 0) continue;
    check(::prctl(PR_CAPBSET_DROP, number, 0, 0, 0), "drop {} from the bounding set",
          capability_name(number));
  }
}

void change_user(const oci::User& user) {
  std::vector<gid_t> groups(user.additional_gids.begin(), user.additional_gids.end());
  check(::setgroups(groups.size(), groups.data()), "set {} supplementary groups", groups.size());
  check(::setresgid(user.gid, user.gid, user.gid), "set group {}", user.gid);
  check(::setresuid(user.uid, user.uid, user.uid), "set user {}", user.uid);
}

using CapabilityData = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

void set_capabilities(const CapabilitySets& sets) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  CapabilityData data{};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto shift = static_cast<int>(i) * 32;
    data.at(i).effective = static_cast<std::uint32_t>(sets.effective >> shift);
    data.at(i).permitted = static_cast<std::uint32_t>(sets.permitted >> shift);
    data.at(i).inheritable = static_cast<std::uint32_t>(sets.inheritable >> shift);
  }
  check(::syscall(SYS_capset, &header, data.data()), "set capabilities");
  CapabilityData got{};
  check(::syscall(SYS_capget, &header, got.data()), "read capabilities");
  const auto same = [](const auto& a, const auto& b) {
    return a.effective == b.effective && a.permitted == b.permitted &&
           a.inheritable == b.inheritable;
  };
  if (!std::equal(data.begin(), data.end(), got.begin(), same)) {
    fail(Kind::forbidden, "the kernel did not take the capabilities as they were set");
  }
}

void set_ambient(CapabilitySet set) {
  check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear ambient capabilities");
  for (int number = 0; number < 64; ++number) {
    if ((set >> number & 1U) == 0) continue;
    check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0), "raise {}",
          capability_name(number));
  }
}

}  // namespace

void set_rlimits(const oci::Process& process, Warnings& warnings) {
  for (const oci::Rlimit& limit : process.rlimits) set_rlimit(limit, warnings);
}

void set_oom_score_adj(const oci::Process& process, Warnings& warnings) {
  if (!process.oom_score_adj) return;
  const Fd file = open_file("/proc/self/oom_score_adj", O_WRONLY);
  if (!is_on_proc(file)) fail(Kind::forbidden, "oom_score_adj is not on procfs");
  const std::string text = std::to_string(*process.oom_score_adj);
  if (::write(file.get(), text.data(), text.size()) >= 0) return;
  if (errno != EACCES && errno != EPERM) fail_errno("set oom_score_adj to {}", text);
  warnings.push_back(
      fmt::format("oom_score_adj {} is lower than this machine allows, left as it is", text));
}

Fd open_lsm_attribute(const oci::Process& process) {
  if (!process.selinux_label.empty()) {
    fail(Kind::not_implemented, "SELinux labels are not supported");
  }
  if (process.apparmor_profile.empty() || process.apparmor_profile == "unconfined") return {};
  for (const char* path : {"/proc/self/attr/apparmor/exec", "/proc/self/attr/exec"}) {
    Fd attribute(::open(path, O_WRONLY | O_CLOEXEC));
    if (attribute && is_on_proc(attribute)) return attribute;
  }
  fail(Kind::unavailable, "apparmor profile \"{}\": this kernel has no AppArmor",
       process.apparmor_profile);
}

void set_lsm_profile(const Fd& attribute, const oci::Process& process) {
  if (!attribute) return;
  in_context("set apparmor profile " + process.apparmor_profile,
             [&] { write_all(attribute, "exec " + process.apparmor_profile); });
}

void join_session_keyring(const std::string& name) {
  const long rc = ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name.c_str());
  if (rc < 0 && errno == ENOSYS) return;  // a kernel without keys has none to share
  check(rc, "join session keyring {}", name);
}

CapabilitySets wanted_capabilities(const oci::Process& process, Warnings& warnings) {
  CapabilitySets sets;
  sets.own = own_bounding_set();
  if (!process.capabilities) return sets;
  Clamp clamp(sets.own);
  sets.bounding = clamp(process.capabilities->bounding);
  sets.permitted = clamp(process.capabilities->permitted);
  sets.effective = clamp(process.capabilities->effective) & sets.permitted;
  sets.inheritable = clamp(process.capabilities->inheritable) & sets.bounding;
  sets.ambient = clamp(process.capabilities->ambient) & sets.permitted & sets.inheritable;
  clamp.warn(warnings);
  return sets;
}

void drop_privileges(const oci::User& user, const CapabilitySets& sets) {
  drop_bounding_set(sets.own & ~sets.bounding);
  check(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities");
  change_user(user);
  set_capabilities(sets);
  check(::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0), "stop keeping capabilities");
  set_ambient(sets.ambient);
  constexpr mode_t kUmask = 022;
  ::umask(user.umask.value_or(kUmask));
}

}  // namespace mydock::runtime::init
