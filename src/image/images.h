#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/content_store.h"
#include "image/image.h"
#include "image/layers.h"
#include "image/removal.h"
#include "state/database.h"

namespace mydock::image {

struct ListOptions {
  bool all = false;  // intermediate images too: without a name, but with children
  std::optional<bool> dangling;
  std::vector<std::string> references;  // path.Match patterns against familiar names; any
  std::vector<std::string> labels;      // "k" or "k=v"; all
  std::vector<std::string> without_labels;
  std::optional<std::string> before, since;  // a name or id; by creation time
  std::optional<Time> until;                 // created before
};

struct HistoryEntry {
  std::string id;  // "sha256:…" or "<missing>"
  Time created{};
  std::string created_by, comment;
  std::uint64_t size = 0;
  std::vector<std::string> tags;  // familiar
};

class Catalog;

// Names and image records. Records are immutable and shared: what a caller holds stays valid
// whatever happens to the image. Reads take no SQL and wait for nobody. Safe on any thread.
class Images {
 public:
  Images(state::Database& database, ContentStore& content, Layers& layers);

  // A name ("alpine", "alpine:3.19", "alpine@sha256:…"), an id, or an id's unique prefix; names
  // win. Errors: not_found "No such image: alpine:latest", invalid (no reference at all),
  // unavailable (it is damaged).
  ImagePtr resolve(std::string_view name_or_id) const;
  // nullptr: no such image. Damaged ones are found. Errors: invalid.
  ImagePtr find(std::string_view name_or_id) const;
  ImagePtr find(const oci::Digest& id) const;
  std::vector<Listed> list(const ListOptions& options) const;            // newest first
  std::vector<HistoryEntry> history(std::string_view name_or_id) const;  // newest first
  std::size_t count() const;

  // Makes an image of a config blob whose layers are there and held by `lease`; an image that is
  // there already is returned as it is. Errors: invalid, not_found (a layer is missing).
  ImagePtr add(Lease& lease, std::string_view config,
               const std::optional<oci::Digest>& parent = std::nullopt);
  // The same, and gives it these names, in one transaction: after a crash there is no image that
  // has lost the name it was made for. `owners`: as tag() returns them.
  struct Added {
    ImagePtr image;
    std::vector<ImagePtr> owners;
  };
  Added add(Lease& lease, std::string_view config, const std::optional<oci::Digest>& parent,
            std::span<const oci::Reference> names);
  // Returns the image that lost the name by this; nullptr: none. Errors: invalid (a reserved name),
  // not_found (the image has gone).
  ImagePtr tag(const oci::Digest& image, const oci::Reference& name);
  // The same for many, in one transaction; the answers are in the order of the names.
  std::vector<ImagePtr> tag(const oci::Digest& image, std::span<const oci::Reference> names);

  // As `docker rmi`: a name is taken away, and the image with its last one; an id takes all. What
  // nothing needs any more is deleted. Errors: not_found, conflict (in Docker's words).
  std::vector<Removed> remove(std::string_view name_or_id, const RemoveOptions& options,
                              const std::vector<ContainerUse>& uses);
  PruneResult prune(const PruneOptions& options, const std::vector<ContainerUse>& uses);
  // Deletes the layers that nothing needs any more; returns the bytes. For after the removal of a
  // container whose image went before it.
  std::uint64_t collect();

  // At start: reads the rows and drops what no row needs. Returns complaints; an image that is
  // damaged is kept, and can be removed.
  std::vector<std::string> recover();

 private:
  std::shared_ptr<const Catalog> catalog() const;
  void publish(std::shared_ptr<const Catalog> catalog);
  ImagePtr read_image(const oci::Digest& id, std::string_view config,
                      const std::optional<oci::Digest>& parent) const;
  static void write_row(state::Transaction& transaction, Catalog& catalog, const Image& made);
  static std::vector<ImagePtr> write_names(state::Transaction& transaction, Catalog& catalog,
                                           const oci::Digest& image,
                                           std::span<const oci::Reference> names);

  state::Database& database_;
  ContentStore& content_;
  Layers& layers_;
  mutable std::mutex catalog_mutex_;
  std::shared_ptr<const Catalog> catalog_;  // replaced inside the transaction that changes the rows
};

}  // namespace mydock::image
