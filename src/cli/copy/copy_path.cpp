#include "cli/copy/copy_path.h"

#include <sys/stat.h>

#include <climits>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/fd.h"

namespace mydock::cli {

namespace {

constexpr int kMostLinks = 10;

std::string clean(std::string_view path) {
  std::string text = fs::path(path).lexically_normal().string();
  if (text.ends_with("/.")) text.resize(text.size() - 2);
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text.empty() ? (path.starts_with('/') ? "/" : ".") : text;
}

bool names_current(std::string_view path) {
  return path.empty() || path == "." || path.ends_with("/.");
}

std::string keep_end(std::string cleaned, std::string_view original) {
  if (names_current(original)) return cleaned.ends_with('/') ? cleaned + "." : cleaned + "/.";
  if (original.ends_with('/') && !cleaned.ends_with('/')) cleaned += '/';
  return cleaned;
}

// Go's words begin with a small letter.
[[noreturn]] void fail_as_go(std::string_view call, const std::string& path) {
  const int reason = errno;
  std::string text = std::generic_category().message(reason);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  throw Error(Kind::system, fmt::format("{} {}: {}", call, path, text), reason);
}

// With all links resolved; the path must be there.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) fail_as_go("lstat", path);
  return real.get();
}

struct stat lstat_of(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) fail_as_go("lstat", path);
  return status;
}

}  // namespace

std::optional<ContainerPath> parse_container_path(std::string_view argument) {
  if (argument.starts_with('/')) return std::nullopt;
  const std::size_t colon = argument.find(':');
  if (colon == argument.npos || argument.starts_with('.')) return std::nullopt;
  return ContainerPath{std::string(argument.substr(0, colon)),
                       std::string(argument.substr(colon + 1))};
}

bool names_directory(std::string_view path) { return path.ends_with('/') || names_current(path); }

std::string absolute_path(std::string_view path) {
  return keep_end(clean(fs::absolute(fs::path(path)).string()), path);
}

std::string base_of(std::string_view path) {
  if (names_current(path)) return ".";
  const std::string cleaned = clean(path);
  return cleaned == "/" ? cleaned : cleaned.substr(cleaned.rfind('/') + 1);
}

std::string parent_of(std::string_view path) {
  if (names_current(path)) return clean(path);
  const std::string parent = fs::path(clean(path)).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::string link_target(std::string_view path, std::string_view link) {
  if (link.starts_with('/')) return std::string(link);
  return clean(fmt::format("{}/{}", parent_of(path), link));
}

CopyPlace local_destination(const std::string& given) {
  std::string path = given;
  struct stat status {};
  int rc = ::lstat(path.c_str(), &status);
  for (int links = 0; rc == 0 && S_ISLNK(status.st_mode); ++links) {
    if (links > kMostLinks) fail(Kind::invalid, "too many symlinks in {}", given);
    path = link_target(path, fs::read_symlink(path).string());
    rc = ::lstat(path.c_str(), &status);
  }
  if (rc == 0) return {.path = path, .exists = true, .is_directory = S_ISDIR(status.st_mode)};
  if (errno != ENOENT) fail_as_go("lstat", path);
  const std::string parent = parent_of(path);
  if (::stat(parent.c_str(), &status) != 0) fail_as_go("stat", parent);
  if (!S_ISDIR(status.st_mode)) fail(Kind::invalid, "not a directory");
  return {.path = path, .exists = false, .is_directory = false};
}

CopySource local_source(const std::string& path, bool follow) {
  CopySource source;
  source.name = base_of(path);
  if (follow) {
    source.path = keep_end(real_path(path), path);
  } else {
    const std::size_t slash = path.rfind('/') + 1;
    source.path = clean(real_path(path.substr(0, slash)) + "/") + "/" + path.substr(slash);
    if (source.path.starts_with("//")) source.path.erase(0, 1);
  }
  source.is_directory = S_ISDIR(lstat_of(source.path).st_mode);
  return source;
}

CopyPlan plan_copy(bool source_is_directory, const CopyPlace& destination) {
  if (destination.exists && destination.is_directory) {
    return {.directory = destination.path, .new_name = {}};
  }
  if (destination.exists && source_is_directory) fail(Kind::invalid, "cannot copy directory");
  if (!destination.exists && !source_is_directory && names_directory(destination.path)) {
    fail(Kind::invalid, "no such directory");
  }
  return {.directory = parent_of(destination.path), .new_name = base_of(destination.path)};
}

std::string rebased(std::string_view entry, std::string_view from, std::string_view to) {
  if (from == "/") from = "";
  const std::size_t at = entry.find(from);
  if (at == entry.npos) return std::string(entry);
  return fmt::format("{}{}{}", entry.substr(0, at), to, entry.substr(at + from.size()));
}

void check_output_path(const std::string& path) {
  const std::string parent = fs::path(clean(path)).parent_path().string();
  struct stat status {};
  if (!parent.empty() && ::stat(parent.c_str(), &status) != 0 && errno == ENOENT) {
    fail(Kind::invalid, "invalid output path: directory \"{}\" does not exist", parent);
  }
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    fail_as_go("stat", path);
  }
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    fail(Kind::invalid,
         "invalid output path: \"{}\" must be a directory or a regular file: got a device", path);
  }
}

}  // namespace mydock::cli
