#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mydock::runtime::init {

// The options of one mount, as config.md lists them, sorted by what the kernel does with them.
struct MountOptions {
  struct Attributes {  // MOUNT_ATTR_*
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    bool operator==(const Attributes&) const = default;
  };
  Attributes flags;               // this mount
  Attributes recursive_flags;     // "rro", …: and all below
  std::uint64_t propagation = 0;  // MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE; 0: not asked
  bool propagation_recursive = false;
  bool bind = false;
  bool bind_recursive = false;
  bool idmap = false;
  bool idmap_recursive = false;
  std::string subpath;                        // "x-mydock.subpath=…": of a bind's source
  std::vector<std::string> superblock_flags;  // "sync", "lazytime", …
  std::vector<std::string> data;              // the file system's own: "size=64k", "newinstance"
  bool operator==(const MountOptions&) const = default;

  bool readonly() const;
};

MountOptions parse_mount_options(const std::vector<std::string>& options);

}  // namespace mydock::runtime::init
