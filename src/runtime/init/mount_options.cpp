#include "runtime/init/mount_options.h"

#include <sys/mount.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace mydock::runtime::init {
namespace {

struct FlagName {
  std::string_view name;
  std::uint64_t set;
  std::uint64_t clear;
};

// mount(8)'s words. Setting one kind of access time means clearing the others.
constexpr std::array kFlagNames{
    FlagName{"ro", MOUNT_ATTR_RDONLY, 0},
    FlagName{"rw", 0, MOUNT_ATTR_RDONLY},
    FlagName{"nosuid", MOUNT_ATTR_NOSUID, 0},
    FlagName{"suid", 0, MOUNT_ATTR_NOSUID},
    FlagName{"nodev", MOUNT_ATTR_NODEV, 0},
    FlagName{"dev", 0, MOUNT_ATTR_NODEV},
    FlagName{"noexec", MOUNT_ATTR_NOEXEC, 0},
    FlagName{"exec", 0, MOUNT_ATTR_NOEXEC},
    FlagName{"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    FlagName{"atime", 0, MOUNT_ATTR__ATIME},
    FlagName{"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    FlagName{"norelatime", 0, MOUNT_ATTR__ATIME},
    FlagName{"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    FlagName{"nostrictatime", 0, MOUNT_ATTR__ATIME},
    FlagName{"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    FlagName{"diratime", 0, MOUNT_ATTR_NODIRATIME},
    FlagName{"nosymfollow", 0x00200000, 0},  // MOUNT_ATTR_NOSYMFOLLOW: newer than glibc 2.36
    FlagName{"symfollow", 0, 0x00200000},
};

struct PropagationName {
  std::string_view name;
  std::uint64_t propagation;
};
constexpr std::array kPropagationNames{
    PropagationName{"private", MS_PRIVATE},
    PropagationName{"shared", MS_SHARED},
    PropagationName{"slave", MS_SLAVE},
    PropagationName{"unbindable", MS_UNBINDABLE},
};

constexpr std::string_view kSubpath = "x-mydock.subpath=";

constexpr std::array<std::string_view, 5> kSuperblockFlags{"sync", "dirsync", "lazytime", "mand",
                                                           "silent"};
constexpr std::array<std::string_view, 8> kMeaningless{
    "defaults", "async", "nolazytime", "nomand", "loud", "remount", "iversion", "noiversion"};

template <class Table>
auto find_name(const Table& table, std::string_view name) {
  return std::find_if(table.begin(), table.end(), [&](const auto& f) { return f.name == name; });
}
template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void apply(MountOptions::Attributes& attributes, const FlagName& flag) {
  attributes.clear |= flag.clear;
  attributes.set &= ~flag.clear;
  attributes.set |= flag.set;
  // The kernel wants all access time bits cleared when one is set, and never one in both.
  if ((flag.set & MOUNT_ATTR__ATIME) == 0) attributes.clear &= ~flag.set;
}

bool parse_flag(std::string_view option, MountOptions& result) {
  if (const auto flag = find_name(kFlagNames, option); flag != kFlagNames.end()) {
    apply(result.flags, *flag);
    return true;
  }
  if (!option.starts_with('r')) return false;
  const auto recursive = find_name(kFlagNames, option.substr(1));
  if (recursive == kFlagNames.end()) return false;
  apply(result.recursive_flags, *recursive);
  return true;
}

bool parse_propagation(std::string_view option, MountOptions& result) {
  const bool recursive = option.starts_with('r');
  const auto name = find_name(kPropagationNames, recursive ? option.substr(1) : option);
  if (name == kPropagationNames.end()) return false;
  result.propagation = name->propagation;
  result.propagation_recursive = recursive;
  return true;
}

}  // namespace

bool MountOptions::readonly() const {
  return ((flags.set | recursive_flags.set) & MOUNT_ATTR_RDONLY) != 0;
}

MountOptions parse_mount_options(const std::vector<std::string>& options) {
  MountOptions result;
  for (const std::string& option : options) {
    if (option == "bind" || option == "rbind") {
      result.bind = true;
      result.bind_recursive = option == "rbind";
    } else if (option == "idmap" || option == "ridmap") {
      result.idmap = true;
      result.idmap_recursive = option == "ridmap";
    } else if (option.starts_with(kSubpath)) {
      result.subpath = option.substr(kSubpath.size());
    } else if (parse_flag(option, result) || parse_propagation(option, result)) {
      continue;
    } else if (contains(kSuperblockFlags, option)) {
      result.superblock_flags.push_back(option);
    } else if (!option.empty() && !contains(kMeaningless, option)) {
      result.data.push_back(option);
    }
  }
  return result;
}

}  // namespace mydock::runtime::init
