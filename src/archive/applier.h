#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "archive/apply.h"
#include "archive/entry.h"
#include "archive/tar_reader.h"
#include "archive/whiteout.h"
#include "base/root.h"

namespace mydock::archive {

// The parent directories that were used last, as O_PATH descriptors: members of one directory
// follow each other in an archive.
class ParentCache {
 public:
  const Fd* find(std::string_view path);
  const Fd& add(std::string path, Fd fd);
  void clear() { kept_.clear(); }

 private:
  std::list<std::pair<std::string, Fd>> kept_;  // the last used first
};

// Unpacks one archive. All work is done on descriptors: the parent is looked up inside the root by
// openat2(2), its last part is never followed.
class Applier {
 public:
  Applier(const Fd& directory, const ApplyOptions& options);
  void apply(const Entry& entry, TarReader& reader);
  // Directories' times and modes, which making their members would have changed.
  void finish();
  ApplyStats& stats() { return stats_; }

 private:
  struct Target {
    const Fd& parent;
    std::string base;
    std::string path;
  };
  const Fd& parent_of(const std::string& path);
  const Fd& existing_parent_of(const std::string& path);
  Fd make_parents(const std::string& path);
  void make_parent(const Fd& above, const std::string& path, const std::string& base);

  void apply_opaque(const Target& target);
  void apply_whiteout(const Target& target, const std::string& hidden);
  void clear_directory(const Fd& directory, const std::string& path);
  void refuse_other_kind(const Entry& entry, const std::string& path) const;
  bool clear_way(const Target& target, bool for_directory);

  void make(const Entry& entry, TarReader& reader, const Target& target);
  void make_top(const Entry& entry);
  void make_file(const Entry& entry, TarReader& reader, const Target& target);
  void make_directory(const Entry& entry, const Target& target);
  void make_symlink(const Entry& entry, const Target& target);
  void make_hard_link(const Entry& entry, const Target& target);
  void make_node(const Entry& entry, const Target& target);
  void write_content(const Entry& entry, TarReader& reader, const Fd& file);
  void set_xattrs(const Entry& entry, const Fd& fd);
  Owner owner_of(const Entry& entry) const;
  std::string below_prefix(std::string path) const;
  void set_owner(const Entry& entry, const Fd& fd);
  void set_owner_of_last(const Entry& entry, const Target& target);
  void defer(const Entry& entry, const std::string& path);
  void remember(std::string_view path);

  struct Deferred {
    std::string path;
    timespec mtime;
    std::optional<mode_t> mode;
  };

  const ApplyOptions& options_;
  Root root_;
  bool privileged_;
  ParentCache parents_;
  // A directory or a link went away, so paths may mean something else: the cache is emptied before
  // the next entry, as this one still uses its descriptors.
  bool parents_stale_ = false;
  std::vector<Deferred> deferred_;
  std::size_t deferred_bytes_ = 0;
  std::unordered_set<std::string> made_;  // WhiteoutMode::remove only
  std::size_t made_bytes_ = 0;
  ApplyStats stats_;
};

}  // namespace mydock::archive
