#include <algorithm>
#include <set>

#include "base/error.h"
#include "image/catalog.h"
#include "image/filter.h"
#include "image/images.h"

namespace mydock::image {

namespace {

struct Bounds {
  std::optional<Time> before, since;
};

Bounds bounds_of(const Catalog& catalog, const ListOptions& options) {
  Bounds bounds{options.until, std::nullopt};
  if (options.before) {
    const Time created = catalog.get(*options.before)->created;
    bounds.before = bounds.before ? std::min(*bounds.before, created) : created;
  }
  if (options.since) bounds.since = catalog.get(*options.since)->created;
  return bounds;
}

bool is_wanted(const Image& image, const Bounds& bounds, const ListOptions& options) {
  if (bounds.before && image.created >= *bounds.before) return false;
  if (bounds.since && image.created <= *bounds.since) return false;
  return has_labels(image, options.labels) && !has_any_label(image, options.without_labels);
}

Listed listed(const ImagePtr& image, const ListOptions& options) {
  Listed entry{image, {}, {}};
  for (const auto& name : image->names) {
    const bool taken = options.references.empty() ||
                       std::ranges::any_of(options.references, [&](const std::string& pattern) {
                         return reference_matches(pattern, name);
                       });
    if (taken) (name.digest ? entry.digests : entry.tags).push_back(name.familiar());
  }
  return entry;
}

}  // namespace

std::vector<Listed> Images::list(const ListOptions& options) const {
  const auto all = catalog();
  const Bounds bounds = bounds_of(*all, options);
  std::set<oci::Digest> parents;
  for (const auto& [id, image] : all->images()) {
    if (image->parent) parents.insert(*image->parent);
  }
  std::vector<Listed> list;
  for (const auto& [id, image] : all->images()) {
    if (!is_wanted(*image, bounds, options)) continue;
    Listed entry = listed(image, options);
    const bool named = !entry.tags.empty() || !entry.digests.empty();
    if (!named && !options.references.empty()) continue;
    if (!named && !options.all && parents.contains(id)) continue;
    const bool dangling = image->tags().empty() && !parents.contains(id);
    if (options.dangling && *options.dangling != dangling) continue;
    list.push_back(std::move(entry));
  }
  std::ranges::stable_sort(list, std::greater<>(),
                           [](const Listed& entry) { return entry.image->created; });
  return list;
}

}  // namespace mydock::image
