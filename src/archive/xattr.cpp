#include "archive/xattr.h"

#include <sys/xattr.h>

#include <array>
#include <cerrno>
#include <vector>

#include "base/error.h"

namespace mydock::archive {

namespace {
constexpr std::string_view kCapability = "security.capability";
}

bool is_kept_xattr(std::string_view name) {
  return name == kCapability || (name.starts_with("user.") && !name.starts_with("user.overlay."));
}

void check_xattr(std::string_view name, std::string_view value) {
  if (name != kCapability) return;
  // struct vfs_cap_data, little-endian: the revision is the first word's top byte.
  static constexpr std::array<std::size_t, 4> kSizes{0, 12, 20, 24};
  const std::size_t revision = value.size() >= 4 ? static_cast<unsigned char>(value[3]) : 0;
  if (revision == 0 || revision >= kSizes.size() || value.size() != kSizes[revision]) {
    fail(Kind::invalid, "malformed file capabilities");
  }
}

std::string read_xattr(const Fd& fd, const char* name) {
  std::string value(256, '\0');
  for (;;) {
    const ssize_t size = ::fgetxattr(fd.get(), name, value.data(), value.size());
    if (size >= 0) {
      value.resize(static_cast<std::size_t>(size));
      return value;
    }
    if (errno != ERANGE) return {};
    value.resize(value.size() * 16);
  }
}

std::map<std::string, std::string> read_xattrs(const Fd& fd) {
  std::map<std::string, std::string> result;
  std::vector<char> names(1024);
  ssize_t size = 0;
  while ((size = ::flistxattr(fd.get(), names.data(), names.size())) < 0) {
    if (errno != ERANGE) return result;
    names.resize(names.size() * 8);
  }
  std::string_view rest(names.data(), static_cast<std::size_t>(size));
  while (!rest.empty()) {
    const std::string name(rest.substr(0, rest.find('\0')));
    rest.remove_prefix(name.size() + 1);
    if (is_kept_xattr(name)) result.emplace(name, read_xattr(fd, name.c_str()));
  }
  return result;
}

}  // namespace mydock::archive
