#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace mydock::api {

// POST /build/prune.
struct BuildPruned {
  std::optional<std::vector<std::string>> caches_deleted;
  std::int64_t space_reclaimed = 0;
  bool operator==(const BuildPruned&) const = default;
};
template <class V>
void fields(V& v, Of<BuildPruned> auto& s) {
  v("CachesDeleted", s.caches_deleted);
  v("SpaceReclaimed", s.space_reclaimed);
}

// The "aux" of the line that tells which image a build has made.
struct BuildResult {
  std::string id;  // "sha256:…"
  bool operator==(const BuildResult&) const = default;
};
template <class V>
void fields(V& v, Of<BuildResult> auto& s) {
  v("ID", s.id);
}

}  // namespace mydock::api
