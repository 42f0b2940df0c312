#include "runtime/cgroup/detect.h"

#include <algorithm>
#include <array>

#include "base/file.h"

namespace mydock::runtime {

namespace cgroup {

namespace {

// What a v1 mount's options may name besides its own settings ("rw", "xattr", "clone_children").
constexpr std::array<std::string_view, 13> kControllers = {
    "cpu",  "cpuacct", "cpuset",   "memory",  "devices", "freezer",   "blkio",
    "pids", "net_cls", "net_prio", "hugetlb", "rdma",    "perf_event"};

bool is_controller(std::string_view word) {
  return word.starts_with("name=") ||
         std::find(kControllers.begin(), kControllers.end(), word) != kControllers.end();
}

// proc(5): space, tab, newline and backslash are written as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      const int value = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      out += static_cast<char>(value);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<CgroupHierarchy> parse_line(std::string_view line) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return std::nullopt;
  const auto before = split_words(line.substr(0, dash), ' ');
  const auto after = split_words(line.substr(dash + 3), ' ');
  if (before.size() < 5 || after.size() < 3) return std::nullopt;
  CgroupHierarchy found{.controllers = {},
                        .mountpoint = unescape(before[4]),
                        .root = unescape(before[3]),
                        .v2 = after[0] == "cgroup2"};
  if (found.v2) return found;
  if (after[0] != "cgroup") return std::nullopt;
  for (auto& option : split_words(after[2], ',')) {
    if (is_controller(option)) found.controllers.push_back(std::move(option));
  }
  return found;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text, char separator) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::vector<CgroupHierarchy> parse_mountinfo(std::string_view text) {
  std::vector<CgroupHierarchy> all;
  for (const auto& line : split_words(text, '\n')) {
    auto found = parse_line(line);
    if (!found) continue;
    // The same hierarchy may be bound elsewhere too; the first mount is the host's own.
    const bool known = std::any_of(all.begin(), all.end(), [&](const CgroupHierarchy& other) {
      return other.v2 == found->v2 && other.controllers == found->controllers;
    });
    if (!known) all.push_back(std::move(*found));
  }
  return all;
}

}  // namespace cgroup

CgroupHost CgroupHost::detect() {
  CgroupHost host{cgroup::parse_mountinfo(read_file("/proc/self/mountinfo"))};
  for (auto& hierarchy : host.hierarchies) {
    if (!hierarchy.v2) continue;
    std::string names = read_file(hierarchy.mountpoint / "cgroup.controllers");
    while (!names.empty() && names.back() == '\n') names.pop_back();
    hierarchy.controllers = cgroup::split_words(names, ' ');
  }
  return host;
}

CgroupMode CgroupHost::mode() const {
  if (unified() == nullptr) return CgroupMode::legacy;
  return hierarchies.size() == 1 ? CgroupMode::unified : CgroupMode::hybrid;
}

const CgroupHierarchy* CgroupHost::unified() const {
  for (const auto& hierarchy : hierarchies) {
    if (hierarchy.v2) return &hierarchy;
  }
  return nullptr;
}

const CgroupHierarchy* CgroupHost::find(std::string_view controller) const {
  for (const auto& hierarchy : hierarchies) {
    const auto& names = hierarchy.controllers;
    // v2 calls the v1 controller "blkio" "io"; "freezer" and "devices" are part of its core.
    const std::string_view name = hierarchy.v2 && controller == "blkio" ? "io" : controller;
    if (std::find(names.begin(), names.end(), name) != names.end()) return &hierarchy;
  }
  return nullptr;
}

}  // namespace mydock::runtime
