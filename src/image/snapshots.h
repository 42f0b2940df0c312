#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/trash.h"
#include "oci/digest.h"
#include "state/database.h"

namespace mydock::image {

// What an overlay of one snapshot is made of. Values: nobody mounts them here.
struct OverlayMount {
  std::vector<std::string> lower;  // absolute directories, top layer first
  std::string upper;               // where the container writes
  std::string work;
  bool operator==(const OverlayMount&) const = default;
};

struct Usage {
  std::uint64_t bytes = 0;  // of files, hard links once
  std::uint64_t inodes = 0;
};

// File system states: committed ones are layers, named by ChainID, immutable; active ones belong to
// a container (or a verb at work), named by key. On disk `root`/layers/<short name>/{diff,work}:
// the names are short because all lower directories of a mount share one page of text. Overlay
// whiteouts (character device 0/0, trusted.overlay.opaque) are how a diff directory deletes. The
// row is the truth: a directory without a row is removed at the next start.
class Snapshots {
 public:
  static constexpr std::string_view kTransient = "unpack/";

  Snapshots(fs::path root, state::Database& database, Trash& trash);

  // A new active snapshot over `parent`. Errors: conflict (the key is taken), not_found (no such
  // parent). Not durable with `relaxed`: see state::Durability.
  void prepare(std::string_view key, const std::optional<oci::ChainId>& parent,
               state::Durability durability = state::Durability::synced);
  // The same inside a transaction of the caller's. If that is undone, the empty directories stay
  // until the next start.
  void prepare(state::Transaction& transaction, std::string_view key,
               const std::optional<oci::ChainId>& parent);
  // Errors: not_found "No such snapshot: key".
  OverlayMount mounts(std::string_view key) const;
  // The directories of a committed state, top first: a read-only view of an image.
  std::vector<std::string> layers(const oci::ChainId& chain) const;
  // Where the key's own files are: the upper directory.
  fs::path directory(std::string_view key) const;

  // The active snapshot `key` becomes the layer `chain`. Its files must be synced already. False:
  // that layer is there already, and the key stays as it is.
  bool commit(state::Transaction& transaction, std::string_view key, const oci::ChainId& chain,
              std::uint64_t bytes);
  bool contains(const oci::ChainId& chain) const;
  std::optional<std::string> find_parent(std::string_view key) const;

  // Removes an active snapshot; false: no such key. What it wrote is deleted in the background.
  bool remove(std::string_view key, state::Durability durability = state::Durability::synced);
  // Inside a transaction of the caller's: discard the returned directory once it is committed.
  std::optional<fs::path> remove(state::Transaction& transaction, std::string_view key);
  void discard(const fs::path& directory) { trash_.discard(directory); }
  const fs::path& root() const { return layers_; }

  // Walks the key's own files (not its parents').
  Usage usage(std::string_view key) const;
  std::vector<std::string> active_keys() const;

  // Removes directories without a row and the snapshots of verbs that a crash cut off (their keys
  // begin with kTransient). Returns complaints: rows that have lost their directory.
  std::vector<std::string> recover();

 private:
  struct Row;
  std::optional<Row> find(std::string_view key) const;
  std::string make_directory(const std::optional<std::string>& parent_directory) const;
  std::vector<std::string> lower_of(std::optional<std::string> chain) const;

  fs::path layers_;
  state::Database& database_;
  Trash& trash_;
};

// Walks a tree; hard links count once.
Usage measure(const fs::path& directory);

}  // namespace mydock::image
