#pragma once

#include <cstdint>

#include "api/json_types.h"
#include "api/version.h"

namespace mydock::api {

// An element of GET /images/json.
struct ImageSummary {
  std::int64_t containers = -1;  // -1: not counted, as the next but one
  std::int64_t created = 0;      // Unix seconds
  std::string id;
  std::optional<StringMap> labels;
  std::string parent_id;
  Strings repo_digests;
  Strings repo_tags;
  std::int64_t shared_size = -1;
  std::int64_t size = 0;
  std::optional<std::int64_t> virtual_size;  // set by shape_for
  bool operator==(const ImageSummary&) const = default;
};
template <class V>
void fields(V& v, Of<ImageSummary> auto& s) {
  v("Containers", s.containers);
  v("Created", s.created);
  v("Id", s.id);
  v("Labels", s.labels);
  v("ParentId", s.parent_id);
  v("RepoDigests", s.repo_digests);
  v("RepoTags", s.repo_tags);
  v("SharedSize", s.shared_size);
  v("Size", s.size);
  v.omit_empty("VirtualSize", s.virtual_size);
}
void shape_for(ApiVersion version, ImageSummary& image);

struct ImageHistoryEntry {
  std::string comment;
  std::int64_t created = 0;  // Unix seconds
  std::string created_by;
  std::string id;  // "<missing>" for all but the newest
  std::int64_t size = 0;
  std::optional<Strings> tags;
  bool operator==(const ImageHistoryEntry&) const = default;
};
template <class V>
void fields(V& v, Of<ImageHistoryEntry> auto& s) {
  v("Comment", s.comment);
  v("Created", s.created);
  v("CreatedBy", s.created_by);
  v("Id", s.id);
  v("Size", s.size);
  v("Tags", s.tags);
}

// An element of the answer to DELETE /images/{name}: one of the two is set.
struct ImageDeleted {
  std::string untagged;
  std::string deleted;
  bool operator==(const ImageDeleted&) const = default;
};
template <class V>
void fields(V& v, Of<ImageDeleted> auto& s) {
  v.omit_empty("Untagged", s.untagged);
  v.omit_empty("Deleted", s.deleted);
}

struct ImagesPruned {
  std::optional<std::vector<ImageDeleted>> images_deleted;
  std::int64_t space_reclaimed = 0;
  bool operator==(const ImagesPruned&) const = default;
};
template <class V>
void fields(V& v, Of<ImagesPruned> auto& s) {
  v("ImagesDeleted", s.images_deleted);
  v("SpaceReclaimed", s.space_reclaimed);
}

}  // namespace mydock::api
