#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "image/content_store.h"
#include "image/pins.h"
#include "image/progress.h"
#include "image/snapshots.h"
#include "oci/digest.h"

namespace mydock::image {

// What is known of one unpacked layer.
struct Layer {
  oci::ChainId chain;
  std::optional<oci::ChainId> parent;
  oci::DiffId diff;
  oci::Digest blob;  // the changeset as it came, compressed or not
  std::uint64_t blob_size = 0;
  std::uint64_t tar_size = 0;  // of the uncompressed changeset
  std::uint64_t bytes = 0;     // of the unpacked files
};

// Unpacks changesets into snapshots. Safe on any thread.
class Layers {
 public:
  Layers(state::Database& database, ContentStore& content, Snapshots& snapshots);

  std::optional<Layer> find(const oci::ChainId& chain) const;
  Layer get(const oci::ChainId& chain) const;  // errors: not_found
  // From the top down to the first layer.
  std::vector<Layer> stack(const oci::ChainId& top) const;

  // Whether the layer is there; `lease` holds it from now on.
  bool hold(Lease& lease, const oci::ChainId& chain) const;
  // The layer that `changeset` makes over `parent`, held by `lease`. Durable once an image names
  // it. With `expected`, its DiffID, two calls for one layer meet: one unpacks, the other waits.
  // Errors: invalid (another DiffID, a bad archive), cancelled, system (ENOSPC): nothing is left.
  Layer unpack(Lease& lease, const std::optional<oci::ChainId>& parent, StagedBlob&& changeset,
               const std::optional<oci::DiffId>& expected, Progress& progress,
               const std::stop_token& stop);

  // The active snapshot `key` over `parent` becomes a layer, held by `lease`; `tar` is what it
  // changes, uncompressed. False: that layer is there already, and the snapshot stays. Durable as
  // with unpack().
  struct Committed {
    Layer layer;
    bool moved = false;
  };
  Committed commit(Lease& lease, const std::string& key, const std::optional<oci::ChainId>& parent,
                   StagedBlob&& tar);
  // A layer that `owner` needs stays, also without an image, until it is let go. The layer must be
  // synced by then.
  void keep(state::Transaction& transaction, const oci::ChainId& chain, std::string_view owner);
  void let_go(state::Transaction& transaction, std::string_view owner);

  // The uncompressed changeset: `tar_size` bytes with digest `diff`.
  std::unique_ptr<Source> open_tar(const Layer& layer) const;

  // Layers that no image, no container and no lease needs.
  struct Collected {
    std::vector<oci::ChainId> chains;  // in the order of deletion: children first
    std::vector<fs::path> directories;
    std::vector<oci::Digest> blobs;
    std::uint64_t bytes = 0;
  };
  // Deletes their rows; call discard() with the answer once the transaction is committed.
  Collected collect(state::Transaction& transaction);
  void discard(const Collected& collected);
  // Removes every blob that no row and no lease needs.
  void sweep_blobs();

  Pins& pins() { return pins_; }
  Snapshots& snapshots() { return snapshots_; }

 private:
  class Landing;
  struct Unpacked;
  Unpacked fill(const std::string& key, const StagedBlob& changeset, std::string_view shown_as,
                Progress& progress, const std::stop_token& stop);
  bool record(const std::string& key, Layer& layer);
  void remove_blob(const oci::Digest& blob);

  state::Database& database_;
  ContentStore& content_;
  Snapshots& snapshots_;
  Pins pins_;
  std::mutex mutex_;
  std::condition_variable_any landed_;
  std::set<std::string> in_flight_;  // ChainIDs that a thread unpacks now
};

}  // namespace mydock::image
