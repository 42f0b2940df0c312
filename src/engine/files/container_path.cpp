#include "engine/files/container_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr int kMostLinks = 40;

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0 && path.substr(0, slash) != ".") parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

Time time_of(const timespec& time) {
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::seconds(time.tv_sec) +
                                                         std::chrono::nanoseconds(time.tv_nsec)));
}

struct ModeBit {
  mode_t kernel;
  std::uint32_t go;
};
constexpr std::array kTypes{ModeBit{S_IFDIR, 1U << 31U}, ModeBit{S_IFLNK, 1U << 27U},
                            ModeBit{S_IFBLK, 1U << 26U}, ModeBit{S_IFCHR, 1U << 26U | 1U << 21U},
                            ModeBit{S_IFIFO, 1U << 25U}, ModeBit{S_IFSOCK, 1U << 24U}};
constexpr std::array kBits{ModeBit{S_ISUID, 1U << 23U}, ModeBit{S_ISGID, 1U << 22U},
                           ModeBit{S_ISVTX, 1U << 20U}};

}  // namespace

std::uint32_t go_file_mode(mode_t mode) {
  std::uint32_t result = mode & 0777U;
  for (const ModeBit& type : kTypes) {
    if ((mode & S_IFMT) == type.kernel) result |= type.go;
  }
  for (const ModeBit& bit : kBits) {
    if ((mode & bit.kernel) != 0) result |= bit.go;
  }
  return result;
}

std::string clean_path(std::string_view path) {
  std::vector<std::string> kept;
  for (std::string& part : parts_of(path)) {
    if (part != "..") {
      kept.push_back(std::move(part));
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string clean;
  for (const std::string& part : kept) clean += "/" + part;
  const bool dot = path.empty() || path == "." || path.ends_with("/.");
  if (dot) return clean + "/.";
  if (clean.empty() || path.ends_with('/')) clean += '/';
  return clean;
}

bool follows_last(std::string_view clean_path) {
  return clean_path.ends_with('/') || clean_path.ends_with("/.");
}

std::string base_name(std::string_view clean_path) {
  while (clean_path.size() > 1 && clean_path.ends_with('/')) clean_path.remove_suffix(1);
  if (clean_path == "/") return "/";
  return std::string(clean_path.substr(clean_path.rfind('/') + 1));
}

std::string resolve_in(const Root& root, std::string_view path) {
  std::vector<std::string> todo = parts_of(path);
  std::ranges::reverse(todo);
  std::string done;
  int links = 0;
  while (!todo.empty()) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    if (part == "..") {
      done.erase(std::min(done.rfind('/'), done.size()));
      continue;
    }
    const std::string next = done + "/" + part;
    const auto status = root.find(next);
    if (!status || !S_ISLNK(status->st_mode)) {
      done = next;
      continue;
    }
    if (++links > kMostLinks) throw_errno(ELOOP, fmt::format("resolve {}", path));
    const std::string target = root.read_link(next);
    if (target.starts_with('/')) done.clear();
    std::vector<std::string> more = parts_of(target);
    std::move(more.rbegin(), more.rend(), std::back_inserter(todo));
  }
  return done.empty() ? "/" : done;
}

api::PathStat stat_in(const Root& root, const std::string& clean_path) {
  const int flags = follows_last(clean_path) ? O_PATH | O_DIRECTORY : O_PATH | O_NOFOLLOW;
  const Fd place = root.open(clean_path, flags);
  struct stat status {};
  check(::fstat(place.get(), &status), "stat {}", clean_path);
  api::PathStat result;
  result.name = base_name(clean_path);
  result.size = status.st_size;
  result.mode = go_file_mode(status.st_mode);
  result.mtime = time_of(status.st_mtim);
  if (S_ISLNK(status.st_mode)) result.link_target = resolve_in(root, clean_path);
  return result;
}

}  // namespace mydock::engine
