#include "image/removal_plan.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/id.h"
#include "image/filter.h"

namespace mydock::image {

namespace {

// One tag at most, and digests only of that tag's repository: then an id may stand for all of them.
bool is_single_reference(const std::vector<oci::Reference>& names) {
  if (names.size() <= 1) return true;
  std::set<std::string> digest_names;
  std::optional<std::string> single;
  for (const auto& name : names) {
    if (name.digest) {
      digest_names.insert(name.name());
    } else if (single) {
      return false;
    } else {
      single = name.name();
    }
  }
  if (!single) single = names.front().name();
  return digest_names.size() == 1 && digest_names.contains(*single);
}

}  // namespace

struct RemovalPlan::Conflict {
  bool hard = false;  // force does not help
  bool used = false;  // by a container
  std::string reason;
};

const ContainerUse* RemovalPlan::find_use(const oci::Digest& image,
                                          std::optional<bool> running) const {
  const auto found = std::ranges::find_if(uses_, [&](const ContainerUse& use) {
    return use.image == image && (!running || use.running == *running);
  });
  return found == uses_.end() ? nullptr : &*found;
}

std::optional<RemovalPlan::Conflict> RemovalPlan::find_conflict(const Catalog& catalog,
                                                                const Image& image, bool force,
                                                                bool names_count) const {
  if (!catalog.children(image.id).empty()) {
    return Conflict{true, false, "image has dependent child images"};
  }
  if (const auto* use = find_use(image.id, true)) {
    return Conflict{true, true,
                    "image is being used by running container " + short_id(use->container)};
  }
  if (force) return std::nullopt;
  if (names_count && !image.names.empty()) {
    return Conflict{false, false, "image is referenced in multiple repositories"};
  }
  if (const auto* use = find_use(image.id, false)) {
    return Conflict{false, true,
                    "image is being used by stopped container " + short_id(use->container)};
  }
  return std::nullopt;
}

void RemovalPlan::untag(Catalog& catalog, const Image& image, const oci::Reference& name) {
  catalog.unname(name);
  note_untagged(image, name);
}

void RemovalPlan::note_untagged(const Image& image, const oci::Reference& name) {
  names_.push_back(name);
  removed_.push_back({Removed::What::untagged, name.familiar(), image.id});
}

// False: the image has other names still, and stays.
bool RemovalPlan::take_name(Catalog& catalog, const Image& image, std::string_view typed,
                            bool force) {
  const auto* use = find_use(image.id, std::nullopt);
  if (!force && use != nullptr && is_single_reference(image.names)) {
    fail(Kind::conflict,
         "conflict: unable to remove repository reference \"{}\" (must force) - container {} is "
         "using its referenced image {}",
         typed, short_id(use->container), short_id(image.id.str()));
  }
  const oci::Reference name = catalogued(oci::Reference::parse_familiar(typed));
  untag(catalog, image, name);
  // With the last tag of a repository its digests go as well.
  const auto left = catalog.find(image.id)->names;
  const bool tag_left = std::ranges::any_of(left, [&](const oci::Reference& other) {
    return !other.digest && other.name() == name.name();
  });
  if (!name.digest && !tag_left) {
    for (const auto& other : left) {
      if (other.name() == name.name()) untag(catalog, image, other);
    }
  }
  return catalog.find(image.id)->names.empty();
}

void RemovalPlan::take_all_names(Catalog& catalog, const oci::Digest& id) {
  const ImagePtr image = catalog.find(id);
  catalog.unname_all(id);
  for (const auto& name : image->names) note_untagged(*image, name);
}

void RemovalPlan::remove(Catalog& catalog, std::string_view name_or_id,
                         const RemoveOptions& options) {
  if (name_or_id.find_first_not_of(' ') == std::string_view::npos) {
    fail(Kind::invalid, "image name cannot be blank");
  }
  const ImagePtr image = catalog.get(name_or_id);
  bool quiet = false;
  if (!is_id_prefix(image->id, name_or_id)) {
    if (!take_name(catalog, *image, name_or_id, options.force)) return;
    quiet = true;
  } else if (is_single_reference(image->names)) {
    if (const auto conflict = find_conflict(catalog, *image, options.force, false)) {
      fail(Kind::conflict, "conflict: unable to delete {} ({}) - {}", short_id(image->id.str()),
           conflict->hard ? "cannot be forced" : "must be forced", conflict->reason);
    }
    take_all_names(catalog, image->id);
  }
  erase(catalog, image->id, options, quiet);
}

// `quiet`: it has lost its name already, which was what the user asked for; a conflict then means
// that it stays, without a word.
void RemovalPlan::erase(Catalog& catalog, const oci::Digest& id, const RemoveOptions& options,
                        bool quiet) {
  const ImagePtr image = catalog.find(id);
  if (const auto conflict = find_conflict(catalog, *image, options.force, true)) {
    if (quiet && (!image->names.empty() || conflict->used || conflict->hard)) return;
    fail(Kind::conflict, "conflict: unable to delete {} ({}) - {}", short_id(id.str()),
         conflict->hard ? "cannot be forced" : "must be forced", conflict->reason);
  }
  take_all_names(catalog, id);
  const auto parent = image->parent;
  catalog.erase(id);
  images_.push_back(id);
  removed_.push_back({Removed::What::deleted_image, id.str(), id});
  if (!options.prune_parents || !parent || !catalog.find(*parent)) return;
  erase(catalog, *parent, {.force = false, .prune_parents = true}, true);
}

void RemovalPlan::prune(Catalog& catalog, const PruneOptions& options) {
  std::vector<ImagePtr> candidates;
  for (const auto& [id, image] : catalog.images()) candidates.push_back(image);
  for (const ImagePtr& candidate : candidates) {
    const ImagePtr image = catalog.find(candidate->id);  // its child may have taken it along
    if (!image || find_use(image->id, std::nullopt) != nullptr) continue;
    if (!catalog.children(image->id).empty()) continue;
    if (options.until && image->created > *options.until) continue;
    if (!has_labels(*image, options.labels) || has_any_label(*image, options.without_labels)) {
      continue;
    }
    if (options.dangling && !image->tags().empty()) continue;
    take_all_names(catalog, image->id);
    erase(catalog, image->id, {.force = false, .prune_parents = true}, true);
  }
}

Layers::Collected RemovalPlan::write(state::Transaction& transaction, Layers& layers) {
  for (const auto& name : names_) {
    transaction.run("DELETE FROM image_names WHERE name=?", name.str());
  }
  std::vector<oci::Digest> manifests;
  for (const auto& id : images_) {
    {
      state::Statement row =
          transaction.query("SELECT digest FROM image_manifests WHERE image=?", id.str());
      while (row.step()) manifests.push_back(oci::Digest::parse(row.text(0)));
    }
    transaction.run("DELETE FROM image_images WHERE id=?", id.str());
  }
  Layers::Collected collected = layers.collect(transaction);
  for (const auto& chain : collected.chains) {
    removed_.push_back({Removed::What::deleted_layer, chain.str(),
                        images_.empty() ? oci::Digest() : images_.front()});
  }
  for (const auto& id : images_) collected.blobs.push_back(id);
  for (const auto& id : manifests) collected.blobs.push_back(id);
  return collected;
}

}  // namespace mydock::image
