#include <fcntl.h>

#include <charconv>

#include "base/error.h"
#include "build/copy.h"

namespace mydock::build {

namespace {

std::optional<std::uint32_t> as_id(std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

// The third field of the line that begins with `name`, in a file like /etc/passwd.
std::optional<std::uint32_t> find_id(const Root& tree, std::string_view file,
                                     std::string_view name) {
  constexpr std::size_t kLargest = std::size_t{10} << 20;
  std::string text;
  try {
    const Fd opened = tree.open(file, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    check(::fstat(opened.get(), &status), "stat {}", file);
    if (!S_ISREG(status.st_mode)) return std::nullopt;
    text = read_to_end(opened, kLargest);
  } catch (const Error& error) {
    if (error.error_number() != ENOENT && error.error_number() != ENOTDIR) throw;
    return std::nullopt;
  }
  std::string_view left = text;
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ':') continue;
    std::string_view rest = line.substr(name.size() + 1);
    rest.remove_prefix(std::min(rest.find(':') + 1, rest.size()));
    return as_id(rest.substr(0, rest.find(':')));
  }
  return std::nullopt;
}

}  // namespace

FileOwner parse_owner(std::string_view text, const Root& tree) {
  const auto colon = text.find(':');
  const std::string_view user = text.substr(0, colon);
  const std::string_view group = colon == std::string_view::npos ? user : text.substr(colon + 1);
  if (user.empty() || group.empty()) {
    fail(Kind::invalid, "invalid chown string parse: {}", text);
  }
  FileOwner owner;
  auto uid = as_id(user);
  if (!uid) uid = find_id(tree, "/etc/passwd", user);
  if (!uid) {
    fail(Kind::invalid,
         "unable to convert uid/gid chown string to host mapping: can't find uid for user {}: no "
         "such user: {}",
         user, user);
  }
  auto gid = as_id(group);
  if (!gid) gid = find_id(tree, "/etc/group", group);
  if (!gid) {
    fail(Kind::invalid,
         "unable to convert uid/gid chown string to host mapping: can't find gid for group {}: no "
         "such group: {}",
         group, group);
  }
  owner.uid = *uid;
  owner.gid = *gid;
  return owner;
}

}  // namespace mydock::build
