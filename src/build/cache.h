#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "image/store.h"
#include "oci/digest.h"

namespace mydock::build {

// What one step made, under the digest of all that it was made from.
struct CacheEntry {
  std::string key;                    // 64 hex digits
  std::string kind;                   // "regular"; "internal": a step that made no layer
  std::string description;            // the instruction; never a secret's value
  std::optional<oci::ChainId> chain;  // the top layer after it; none: there are no layers
  std::optional<oci::DiffId> diff;    // of the layer that it made; none: it made none
  std::uint64_t bytes = 0;
  Time created{};
  Time used{};
  std::int64_t uses = 0;
};

// Steps by content: only what was built here, never what an image's history claims. Rows in the
// state database; the layers stay as long as the rows. Safe on any thread.
class Cache {
 public:
  Cache(state::Database& database, image::Store& store);

  // The step's layer is held by `lease`. No value: unknown, or its layer has gone.
  std::optional<CacheEntry> find(image::Lease& lease, std::string_view key);
  // Makes entries durable, with the layers that they name: syncs the file system once.
  void add(const std::vector<CacheEntry>& entries);

  std::vector<CacheEntry> list() const;  // the last used first
  struct Pruned {
    std::vector<std::string> keys;
    std::uint64_t bytes = 0;
  };
  // Removes what `unwanted` says, and the layers that nothing else needs.
  Pruned prune(const std::function<bool(const CacheEntry&)>& unwanted);

 private:
  state::Database& database_;
  image::Store& store_;
};

}  // namespace mydock::build
