#include "runtime/user.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "runtime/init/execute.h"
#include "runtime/init/kernel_files.h"

namespace mydock::runtime {
namespace {

constexpr std::size_t kLargestFile = std::size_t{10} << 20;
constexpr std::size_t kLongestLine = std::size_t{64} << 10;
constexpr std::uint32_t kLargestId = 2147483647;

struct PasswdEntry {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
};
struct GroupEntry {
  std::string name;
  std::uint32_t gid = 0;
  std::vector<std::string> members;
};

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  std::uint32_t id = kLargestId + 1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size() || id > kLargestId) {
    return std::nullopt;
  }
  return id;
}

std::uint32_t id_in_range(std::string_view text) {
  const std::optional<std::uint32_t> id = parse_id(text);
  if (!id) fail(Kind::invalid, "uids and gids must be in range 0-{}", kLargestId);
  return *id;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t at = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, at));
    if (at == text.size()) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string read_account_file(const Root& root, const char* path) {
  // Non-blocking: the image may have put a FIFO there.
  const std::optional<Fd> file =
      init::find_in_root(root.fd(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return {};
  struct stat status {};
  check(::fstat(file->get(), &status), "stat {}", path);
  if (!S_ISREG(status.st_mode)) fail(Kind::invalid, "{} in the container is not a file", path);
  return read_to_end(*file, kLargestFile);
}

// Calls use(fields) for each line that has at least `least` of them.
template <class F>
void each_entry(const std::string& text, std::size_t least, F&& use) {
  for (const std::string& line : split(text, '\n')) {
    if (line.empty() || line[0] == '#' || line.size() > kLongestLine) continue;
    const std::vector<std::string> parts = split(line, ':');
    if (parts.size() >= least) use(parts);
  }
}

std::vector<PasswdEntry> read_passwd(const Root& root) {
  std::vector<PasswdEntry> entries;
  each_entry(read_account_file(root, "etc/passwd"), 4, [&](const std::vector<std::string>& parts) {
    const auto uid = parse_id(parts[2]);
    const auto gid = parse_id(parts[3]);
    // Never taken for 0.
    if (!uid || !gid || parts[0].empty()) return;
    entries.push_back({parts[0], *uid, *gid, parts.size() > 5 ? parts[5] : std::string()});
  });
  return entries;
}

std::vector<GroupEntry> read_groups(const Root& root) {
  std::vector<GroupEntry> entries;
  each_entry(read_account_file(root, "etc/group"), 3, [&](const std::vector<std::string>& parts) {
    const auto gid = parse_id(parts[2]);
    if (!gid || parts[0].empty()) return;
    entries.push_back(
        {parts[0], *gid, parts.size() > 3 ? split(parts[3], ',') : std::vector<std::string>()});
  });
  return entries;
}

// A number is a uid even if an entry has it as its name: CVE-2016-3697.
const PasswdEntry* find_user(const std::vector<PasswdEntry>& entries, std::string_view user) {
  const bool number = is_number(user);
  const std::uint32_t uid = number ? id_in_range(user) : 0;
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const PasswdEntry& entry) {
    return number ? entry.uid == uid : entry.name == user;
  });
  return found == entries.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> find_group(const std::vector<GroupEntry>& entries,
                                        std::string_view group) {
  if (is_number(group)) return id_in_range(group);
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const GroupEntry& entry) { return entry.name == group; });
  if (found == entries.end()) return std::nullopt;
  return found->gid;
}

void add_unique(std::vector<std::uint32_t>& gids, std::uint32_t gid) {
  if (std::find(gids.begin(), gids.end(), gid) == gids.end()) gids.push_back(gid);
}

void add_groups_of(const std::string& name, const std::vector<GroupEntry>& groups,
                   oci::User& user) {
  for (const GroupEntry& group : groups) {
    const auto& members = group.members;
    if (std::find(members.begin(), members.end(), name) != members.end()) {
      add_unique(user.additional_gids, group.gid);
    }
  }
}

void set_primary_group(std::string_view group, const std::vector<GroupEntry>& groups,
                       oci::User& user) {
  const std::optional<std::uint32_t> gid = find_group(groups, group);
  if (!gid) {
    fail(Kind::invalid, "unable to find group {}: no matching entries in group file", group);
  }
  user.gid = *gid;
}

}  // namespace

ResolvedUser resolve_user(const Root& root, std::string_view user,
                          const std::vector<std::string>& groups) {
  const std::size_t colon = std::min(user.find(':'), user.size());
  const std::string_view name = colon == 0 ? "0" : user.substr(0, colon);
  const std::string_view group = user.substr(std::min(colon + 1, user.size()));
  const std::vector<PasswdEntry> passwd = read_passwd(root);
  const std::vector<GroupEntry> group_file = read_groups(root);

  ResolvedUser result;
  result.home.assign(1, '/');  // GCC 12 warns falsely of an assigned literal here
  const PasswdEntry* entry = find_user(passwd, name);
  if (entry != nullptr) {
    result.user.uid = entry->uid;
    result.user.gid = entry->gid;
    if (!entry->home.empty()) result.home = entry->home;
  } else if (is_number(name)) {
    result.user.uid = id_in_range(name);
  } else {
    fail(Kind::invalid, "unable to find user {}: no matching entries in passwd file", name);
  }
  if (!group.empty()) set_primary_group(group, group_file, result.user);
  // Never the engine's own groups, and always the primary one: CVE-2022-36109.
  result.user.additional_gids = {result.user.gid};
  if (group.empty() && entry != nullptr) add_groups_of(entry->name, group_file, result.user);
  for (const std::string& extra : groups) {
    const std::optional<std::uint32_t> gid = find_group(group_file, extra);
    if (!gid) {
      fail(Kind::invalid, "unable to find group {}: no matching entries in group file", extra);
    }
    add_unique(result.user.additional_gids, *gid);
  }
  return result;
}

void take_user(const Root& root, std::string_view user, const std::vector<std::string>& groups,
               oci::Process& process) {
  std::string text(user);
  if (text.empty()) text = fmt::format("{}:{}", process.user.uid, process.user.gid);
  ResolvedUser found = resolve_user(root, text, groups);
  if (!user.empty()) {
    found.user.umask = process.user.umask;
    process.user = std::move(found.user);
  }
  if (init::find_env(process.env, "HOME") == nullptr) process.env.push_back("HOME=" + found.home);
}

}  // namespace mydock::runtime
