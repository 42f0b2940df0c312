#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mydock::volume {

enum class MountType { bind, volume, tmpfs };
std::string_view to_string(MountType type);

// One mount that a container asks for, from a bind string or from an entry of Mounts.
struct MountSpec {
  MountType type = MountType::volume;
  std::string source;  // absolute path for a bind; volume's name, empty: anonymous
  std::string target;  // absolute, clean
  bool read_only = false;
  std::string mode;            // as the client wrote it: "ro,z"; shown by inspect
  std::string propagation;     // rprivate, rshared, …; empty: the default, rprivate for binds
  bool non_recursive = false;  // bind instead of rbind
  bool read_only_non_recursive = false;
  bool read_only_force_recursive = false;
  bool create_source = false;  // a bind string makes the directory if it is missing
  bool no_copy = false;
  std::string subpath;
  std::int64_t tmpfs_size = 0;   // bytes; 0: half of the memory
  std::uint32_t tmpfs_mode = 0;  // 0: 1777
  std::string driver;            // of the volume
  bool operator==(const MountSpec&) const = default;
};

// "src:dst[:opts]" of HostConfig.Binds, or "dst" alone of Volumes. Errors: invalid, in Docker's
// words.
MountSpec parse_bind(std::string_view text);

// Checks an entry of Mounts; `type` is its Type as the client sent it. Returns it with a clean
// target and its type set. Errors: invalid, "invalid mount config for type "T": …". Whether a
// bind's source exists is for check_source.
MountSpec validate_mount(std::string_view type, MountSpec mount);
// Errors: invalid, "… bind source path does not exist: P", unless the spec lets it be made; then it
// is made.
void check_source(const MountSpec& mount);
// Errors: invalid, "Duplicate mount point: /x".
void check_duplicates(const std::vector<MountSpec>& mounts);

// Go's filepath.Clean for an absolute path.
std::string clean_path(std::string_view path);
// A path in the container, cleaned. Errors: invalid, unless it is absolute and not "/".
std::string parse_target(std::string_view text);

// The "options" part of --tmpfs PATH:OPTIONS, checked. Returns the mount options in order, the
// defaults noexec, nosuid, nodev first where the client did not say otherwise. Errors: invalid.
std::vector<std::string> parse_tmpfs_options(std::string_view options);

}  // namespace mydock::volume
