#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
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

// Names and image records. Records are immutable and shared: what a caller holds stays valid
// whatever happens to the image. Reads take no lock and no SQL. Safe on any thread.
class Images {
 public:
  Images(state::Database& database, ContentStore& content, Layers& layers);

  // A name ("alpine", "alpine:3.19", "alpine@sha256:…"), an id, or an id's unique prefix; names win.
  // Errors: not_found "No such image: alpine:latest"; invalid (no reference at all).
  ImagePtr resolve(std::string_view name_or_id) const;
  ImagePtr find(std::string_view name_or_id) const;  // nullptr; errors: invalid
  ImagePtr find(const oci::Digest& id) const;        // nullptr
  std::vector<Listed> list(const ListOptions& options) const;  // newest first
  std::vector<HistoryEntry> history(std::string_view name_or_id) const;  // newest first
  std::size_t count() const;

  // Makes an image of a config whose layers are there; one that is there already is returned.
  // `config` is the config blob as it is. Errors: invalid, not_found (a layer is missing).
  ImagePtr add(std::string_view config, const std::optional<oci::Digest>& parent = {});
  // Errors: invalid (a reserved name, a digest). Returns the image that had the name before.
  ImagePtr tag(const Image& image, const oci::Reference& name);

  // As `docker rmi`; see removal.h.
  std::vector<Removed> remove(std::string_view name_or_id, const RemoveOptions& options,
                              const std::vector<ContainerUse>& uses);
  PruneResult prune(const PruneOptions& options, const std::vector<ContainerUse>& uses);

  // At start: reads the rows, drops what no image needs. Returns what was found broken.
  std::vector<std::string> recover();
  // Deletes layers and blobs that neither an image nor a container needs any more: after containers
  // were removed whose image had gone before.
  std::uint64_t collect();

 private:
  friend class Removal;
  struct Index;
  std::shared_ptr<const Index> index() const;
  void publish(std::shared_ptr<const Index> index);
  ImagePtr find_in(const Index& index, std::string_view name_or_id) const;
  ImagePtr load_record(state::Statement& row, std::vector<std::string>& broken) const;

  state::Database& database_;
  ContentStore& content_;
  Layers& layers_;
  mutable std::mutex index_mutex_;
  std::shared_ptr<const Index> index_;  // replaced as a whole, inside the transaction that changes it
};

}  // namespace mydock::image
