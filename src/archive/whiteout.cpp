#include "archive/whiteout.h"

#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "archive/tar_reader.h"
#include "base/error.h"

namespace mydock::archive {

namespace {

constexpr std::size_t kLongestPart = 255;  // NAME_MAX
constexpr std::string_view kMetadataPrefix = ".wh..wh.";

// For messages: what an archive holds may be anything.
std::string shown(std::string_view name) {
  std::string result;
  for (const char c : name.substr(0, 200)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::string path_of(std::string_view entry_name) {
  if (entry_name.find('\0') != std::string_view::npos) {
    fail(Kind::invalid, "invalid name in the archive: it holds a NUL byte");
  }
  if (entry_name.size() > kLongestName) {
    fail(Kind::invalid, "invalid name in the archive: longer than {} bytes", kLongestName);
  }
  std::string path;
  path.reserve(entry_name.size());
  std::string_view rest = entry_name;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (path.empty()) {
        fail(Kind::invalid, "invalid name in the archive: \"{}\" leads outside", shown(entry_name));
      }
      const std::size_t last = path.rfind('/');
      path.resize(last == std::string::npos ? 0 : last);
      continue;
    }
    if (part.size() > kLongestPart) {
      fail(Kind::invalid, "invalid name in the archive: a part of it is longer than {} bytes",
           kLongestPart);
    }
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

Marked read_mark(std::string_view base) {
  if (!base.starts_with(kWhiteoutPrefix)) return {};
  if (base == kOpaqueName) return {Mark::opaque, {}};
  if (base.starts_with(kMetadataPrefix)) return {Mark::metadata, {}};
  const std::string_view hidden = base.substr(kWhiteoutPrefix.size());
  if (hidden.empty() || hidden == "." || hidden == "..") {
    fail(Kind::invalid, "invalid whiteout in the archive: \"{}\"", base);
  }
  return {Mark::whiteout, std::string(hidden)};
}

void set_opaque(const Fd& directory) {
  check(::fsetxattr(directory.get(), kOverlayOpaque, "y", 1, 0), "set {}", kOverlayOpaque);
}

bool is_opaque(const Fd& directory) {
  std::array<char, 4> value{};
  const ssize_t size = ::fgetxattr(directory.get(), kOverlayOpaque, value.data(), value.size());
  return size == 1 && value[0] == 'y';
}

}  // namespace mydock::archive
