#include <fcntl.h>
#include <sys/file.h>

#include <set>

#include "api/go_time.h"
#include "base/error.h"
#include "base/file.h"
#include "base/root.h"
#include "engine/builds.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

// The layers of images: what a prune without `all` leaves alone.
std::set<oci::ChainId> image_chains(const Parts& parts) {
  std::set<oci::ChainId> chains;
  image::ListOptions every;
  every.all = true;
  for (const image::Listed& listed : parts.images.images.list(every)) {
    const auto& diffs = listed.image->config.rootfs.diff_ids;
    for (std::size_t count = 1; count <= diffs.size(); ++count) {
      chains.insert(oci::chain_id(std::span(diffs).first(count)));
    }
  }
  return chains;
}

std::optional<Time> until_of(const api::Filters& filters) {
  const std::set<std::string>& values = filters.values("until");
  if (values.empty()) return std::nullopt;
  return api::parse_timestamp(*values.begin(), now());
}

struct CacheMount {
  fs::path path;
  std::uint64_t bytes = 0;
  Time created{};
};

std::vector<CacheMount> cache_mount_list(const fs::path& directory) {
  std::vector<CacheMount> list;
  std::error_code none;  // not there: no cache mounts
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) != 0) continue;
    list.push_back({entry.path(), image::measure(entry.path()).bytes,
                    Time(std::chrono::seconds(status.st_ctim.tv_sec))});
  }
  return list;
}

}  // namespace

std::vector<api::BuildCacheRecord> Builds::disk_usage() const {
  const std::set<oci::ChainId> used = image_chains(parts_);
  std::vector<api::BuildCacheRecord> records;
  for (const build::CacheEntry& entry : cache_.list()) {
    if (!entry.diff) continue;
    records.push_back({.id = entry.key.substr(0, 25),
                       .type = entry.kind,
                       .description = entry.description,
                       .in_use = false,
                       .shared = used.contains(*entry.chain),
                       .size = static_cast<std::int64_t>(entry.bytes),
                       .created_at = entry.created,
                       .last_used_at = entry.used,
                       .usage_count = entry.uses});
  }
  for (const CacheMount& mount : cache_mount_list(cache_mounts())) {
    records.push_back({.id = mount.path.filename().string().substr(0, 25),
                       .type = "exec.cachemount",
                       .description = "cached mount",
                       .in_use = false,
                       .shared = false,
                       .size = static_cast<std::int64_t>(mount.bytes),
                       .created_at = mount.created,
                       .last_used_at = {},
                       .usage_count = 0});
  }
  return records;
}

api::BuildPruned Builds::prune(const BuildPruneOptions& options) {
  options.filters.require_known(
      {"until", "unused-for", "id", "parent", "type", "description", "inuse", "shared", "private"});
  const std::optional<Time> until = until_of(options.filters);
  const std::set<oci::ChainId> used = image_chains(parts_);
  const std::set<std::string>& ids = options.filters.values("id");
  std::int64_t kept = 0;
  const auto unwanted = [&](const build::CacheEntry& entry) {
    if (until && entry.used > *until) return false;
    if (!ids.empty() && !entry.key.starts_with(*ids.begin())) return false;
    const bool shared = entry.diff && used.contains(*entry.chain);
    if (shared && !options.all) return false;
    if (!entry.diff) return options.all;
    if (options.keep_bytes) {
      kept += static_cast<std::int64_t>(entry.bytes);
      if (kept <= *options.keep_bytes) return false;
    }
    return true;
  };
  build::Cache::Pruned pruned = cache_.prune(unwanted);
  for (const CacheMount& mount : cache_mount_list(cache_mounts())) {
    if (until && mount.created > *until) continue;
    const std::string key = mount.path.filename().string();
    if (!ids.empty() && !key.starts_with(*ids.begin())) continue;
    if (options.keep_bytes) {
      kept += static_cast<std::int64_t>(mount.bytes);
      if (kept <= *options.keep_bytes) continue;
    }
    const Fd directory = open_file(mount.path, O_RDONLY | O_DIRECTORY);
    if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) continue;  // a build has it
    remove_tree(mount.path);
    pruned.keys.push_back(key);
    pruned.bytes += mount.bytes;
  }
  api::BuildPruned answer;
  for (std::string& key : pruned.keys) {
    if (!answer.caches_deleted) answer.caches_deleted.emplace();
    answer.caches_deleted->push_back(key.substr(0, 25));
  }
  answer.space_reclaimed = static_cast<std::int64_t>(pruned.bytes);
  parts_.events.publish("builder", "prune", "",
                        {{"reclaimed", std::to_string(answer.space_reclaimed)}});
  return answer;
}

}  // namespace mydock::engine
