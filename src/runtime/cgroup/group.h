#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "runtime/cgroup.h"

namespace mydock::runtime {

// A container's directory in one hierarchy.
struct Cgroup::Group {
  CgroupHierarchy hierarchy;
  fs::path path;  // of the directory, for messages
  Fd directory;

  bool serves(std::string_view controller) const;
};

namespace cgroup {

// One write(2). Errors: system, "write VALUE to PATH/FILE: reason".
void write_value(const Cgroup::Group& group, std::string_view file, std::string_view value);
void write_value(const Cgroup::Group& group, std::string_view file, std::int64_t value);
bool has_file(const Cgroup::Group& group, std::string_view file);
// No value: there is no such file (or the group is gone).
std::optional<std::string> find_value(const Fd& directory, std::string_view file);
std::optional<std::int64_t> find_number(const Fd& directory, std::string_view file);  // "max" is -1
// The number behind `key` in a file of "key number" lines.
std::optional<std::uint64_t> find_keyed(const Fd& directory, std::string_view file,
                                        std::string_view key);

// Which controllers a container with these limits needs its own group in.
bool is_needed(const CgroupHost& host, std::string_view controller,
               const oci::LinuxResources& resources);
// mkdir -p below the hierarchy's mount point; a left-over empty group is made anew.
// Errors: conflict, system.
Cgroup::Group make_group(const CgroupHost& host, const CgroupHierarchy& hierarchy,
                         std::string_view path, const oci::LinuxResources& resources);
// rmdir with sub-groups. False: busy. An absent group counts as removed.
bool remove_group(const fs::path& path);

void apply_v1(const Cgroup::Group& group, const oci::LinuxResources& resources);
void apply_v2(const Cgroup::Group& group, const oci::LinuxResources& resources);

void set_frozen_v1(const Cgroup::Group& group, bool frozen);
void set_frozen_v2(const Cgroup::Group& group, bool frozen);

}  // namespace cgroup
}  // namespace mydock::runtime
