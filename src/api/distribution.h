#pragma once

#include "api/json_types.h"

namespace mydock::api {

// GET /distribution/{name}/json
struct DistributionDescriptor {
  std::string media_type;
  std::string digest;
  std::int64_t size = 0;
  bool operator==(const DistributionDescriptor&) const = default;
};
template <class V>
void fields(V& v, Of<DistributionDescriptor> auto& s) {
  v("mediaType", s.media_type);
  v("digest", s.digest);
  v("size", s.size);
}

struct DistributionPlatform {
  std::string architecture;
  std::string os;
  std::string os_version;
  std::string variant;
  bool operator==(const DistributionPlatform&) const = default;
};
template <class V>
void fields(V& v, Of<DistributionPlatform> auto& s) {
  v("architecture", s.architecture);
  v("os", s.os);
  v.omit_empty("os.version", s.os_version);
  v.omit_empty("variant", s.variant);
}

struct DistributionInspect {
  DistributionDescriptor descriptor;
  std::vector<DistributionPlatform> platforms;
  bool operator==(const DistributionInspect&) const = default;
};
template <class V>
void fields(V& v, Of<DistributionInspect> auto& s) {
  v("Descriptor", s.descriptor);
  v("Platforms", s.platforms);
}

// One of GET /images/search
struct SearchResult {
  std::string description;
  bool is_official = false;
  bool is_automated = false;  // nothing is, any more
  std::string name;
  std::int64_t star_count = 0;
  bool operator==(const SearchResult&) const = default;
};
template <class V>
void fields(V& v, Of<SearchResult> auto& s) {
  v("star_count", s.star_count);
  v("is_official", s.is_official);
  v("name", s.name);
  v("is_automated", s.is_automated);
  v("description", s.description);
}

// The aux of a push's last line.
struct PushResult {
  std::string tag;
  std::string digest;
  std::int64_t size = 0;
  bool operator==(const PushResult&) const = default;
};
template <class V>
void fields(V& v, Of<PushResult> auto& s) {
  v("Tag", s.tag);
  v("Digest", s.digest);
  v("Size", s.size);
}

}  // namespace mydock::api
