#include <algorithm>
#include <array>

#include "base/error.h"
#include "volume/mount_spec.h"

namespace mydock::volume {

namespace {

// Words with an opposite: the client's takes the place of the default.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kDefaults{
    {{"noexec", "exec"}, {"nosuid", "suid"}, {"nodev", "dev"}}};
constexpr std::array<std::string_view, 21> kFlags{
    "ro",      "rw",       "exec",       "noexec",   "suid",       "nosuid",      "dev",
    "nodev",   "sync",     "async",      "dirsync",  "mand",       "nomand",      "atime",
    "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime"};
constexpr std::array<std::string_view, 7> kValues{"size", "mode",      "uid",      "gid",
                                                  "mpol", "nr_inodes", "nr_blocks"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void check_word(std::string_view word) {
  const std::size_t equals = word.find('=');
  const bool good =
      equals == std::string_view::npos ? has(kFlags, word) : has(kValues, word.substr(0, equals));
  if (!good) fail(Kind::invalid, "invalid tmpfs option [\"{}\"]", word);
}

}  // namespace

std::vector<std::string> parse_tmpfs_options(std::string_view options) {
  std::vector<std::string> given;
  while (!options.empty()) {
    const std::size_t end = std::min(options.find(','), options.size());
    const std::string_view word = options.substr(0, end);
    check_word(word);
    given.emplace_back(word);
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  std::vector<std::string> result;
  for (const auto& [word, opposite] : kDefaults) {
    if (!has(given, word) && !has(given, opposite)) result.emplace_back(word);
  }
  result.insert(result.end(), given.begin(), given.end());
  return result;
}

}  // namespace mydock::volume
