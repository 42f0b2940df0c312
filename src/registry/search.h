#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace mydock::registry {

struct SearchQuery {
  std::string term;  // "[host/]words"
  std::int64_t limit = 25;
};

struct SearchResult {
  std::string name;
  std::string description;
  std::int64_t star_count = 0;
  bool is_official = false;
  bool operator==(const SearchResult&) const = default;
};
template <class V>
void fields(V& v, Of<SearchResult> auto& r) {
  v("name", r.name);
  v("description", r.description);
  v("star_count", r.star_count);
  v("is_official", r.is_official);
}

}  // namespace mydock::registry
