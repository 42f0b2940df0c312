#pragma once

#include <string_view>
#include <vector>

#include "image/catalog.h"
#include "image/layers.h"
#include "image/removal.h"
#include "state/database.h"

namespace mydock::image {

// Docker's rules of what a removal may do, applied to a catalogue; then the rows. Private.
class RemovalPlan {
 public:
  explicit RemovalPlan(const std::vector<ContainerUse>& uses) : uses_(uses) {}

  // Errors: not_found, invalid, conflict. The catalogue is useless then.
  void remove(Catalog& catalog, std::string_view name_or_id, const RemoveOptions& options);
  // What is in use is skipped.
  void prune(Catalog& catalog, const PruneOptions& options);
  // Deletes the rows of all that was removed, and of what nothing needs any more.
  Layers::Collected write(state::Transaction& transaction, Layers& layers);
  std::vector<Removed> take() { return std::move(removed_); }

 private:
  struct Conflict;
  std::optional<Conflict> find_conflict(const Catalog& catalog, const Image& image, bool force,
                                        bool names_count) const;
  const ContainerUse* find_use(const oci::Digest& image, std::optional<bool> running) const;
  void untag(Catalog& catalog, const Image& image, const oci::Reference& name);
  void note_untagged(const Image& image, const oci::Reference& name);
  bool take_name(Catalog& catalog, const Image& image, std::string_view typed, bool force);
  void take_all_names(Catalog& catalog, const oci::Digest& id);
  void erase(Catalog& catalog, const oci::Digest& id, const RemoveOptions& options, bool quiet);

  const std::vector<ContainerUse>& uses_;
  std::vector<Removed> removed_;
  std::vector<oci::Reference> names_;  // whose rows go
  std::vector<oci::Digest> images_;
};

}  // namespace mydock::image
