#include "engine/files/matches.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "archive/directory.h"
#include "base/error.h"

namespace mydock::engine {

namespace {

constexpr std::size_t kMostMatches = 100'000;

std::optional<Fd> find_directory(const Root& root, const std::string& path) {
  try {
    return root.open(path, O_RDONLY | O_DIRECTORY);
  } catch (const Error& error) {  // no directory, so nothing in it matches
    const int reason = error.error_number();
    if (reason != ENOENT && reason != ENOTDIR && reason != ELOOP) throw;
    return std::nullopt;
  }
}

// Those below each of `above` whose name matches.
std::vector<std::string> matches_below(const Root& root, const std::vector<std::string>& above,
                                       const std::string& part) {
  std::vector<std::string> found;
  for (const std::string& path : above) {
    const auto directory = find_directory(root, path);
    if (!directory) continue;
    for (const archive::DirectoryItem& item : archive::list_directory(*directory)) {
      if (::fnmatch(part.c_str(), item.name.c_str(), FNM_PERIOD) != 0) continue;
      found.push_back(path + "/" + item.name);
      if (found.size() > kMostMatches) fail(Kind::invalid, "the pattern matches too many files");
    }
  }
  return found;
}

}  // namespace

std::vector<std::string> find_matches(const Root& root, std::string_view pattern) {
  std::vector<std::string> found{""};
  while (!pattern.empty()) {
    const std::size_t slash = std::min(pattern.find('/'), pattern.size());
    const std::string part(pattern.substr(0, slash));
    pattern.remove_prefix(std::min(slash + 1, pattern.size()));
    if (part.empty() || part == ".") continue;
    if (part.find_first_of("*?[\\") != std::string::npos) {
      found = matches_below(root, found, part);
      continue;
    }
    for (std::string& path : found) path += "/" + part;
    std::erase_if(found, [&](const std::string& path) { return !root.find(path); });
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace mydock::engine
