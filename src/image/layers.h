#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "image/content_store.h"
#include "image/progress.h"
#include "image/snapshots.h"
#include "oci/digest.h"

namespace mydock::image {

// What is known of one unpacked layer.
struct Layer {
  oci::ChainId chain;
  std::optional<oci::ChainId> parent;
  oci::DiffId diff;
  oci::Digest blob;             // the changeset as it came, compressed or not
  std::uint64_t blob_size = 0;
  std::uint64_t tar_size = 0;   // of the uncompressed changeset
  std::uint64_t bytes = 0;      // of the unpacked files
};

// Unpacks changesets into snapshots. Two calls for one ChainID meet: one unpacks, the other waits.
class Layers {
 public:
  Layers(state::Database& database, ContentStore& content, Snapshots& snapshots);

  // Keeps layers from being collected until they are named by an image. Take one before the first
  // unpack, and hold it until Images::add has returned.
  class Lease {
   public:
    explicit Lease(Layers& layers);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

   private:
    Layers& layers_;
  };

  std::optional<Layer> find(const oci::ChainId& chain) const;
  Layer get(const oci::ChainId& chain) const;  // errors: not_found

  // The layer that `changeset` makes over `parent`, durable when it returns; a layer that is there
  // already is not unpacked again. `expected`: its DiffID. Errors: invalid (another DiffID, a bad
  // archive), cancelled, system (ENOSPC): nothing is left behind then.
  Layer unpack(const std::optional<oci::ChainId>& parent, StagedBlob&& changeset,
               const std::optional<oci::DiffId>& expected, Progress& progress,
               const std::stop_token& stop);

  // The uncompressed changeset: exactly `tar_size` bytes with digest `diff`.
  std::unique_ptr<Source> open_tar(const Layer& layer) const;

  struct Collected {
    std::vector<oci::ChainId> chains;
    std::vector<fs::path> directories;  // discard these once the transaction is committed
    std::vector<oci::Digest> blobs;     // and remove these
    std::uint64_t bytes = 0;
  };
  // Drops the rows of layers that no image, container or lease needs.
  Collected collect(state::Transaction& transaction);
  void discard(const Collected& collected);
  std::vector<oci::Digest> blobs() const;  // that layers need
  Snapshots& snapshots() { return snapshots_; }

 private:
  class InFlight;
  Layer unpack_now(const std::optional<oci::ChainId>& parent, StagedBlob&& changeset,
                   const oci::DiffId& expected, Progress& progress, const std::stop_token& stop);

  state::Database& database_;
  ContentStore& content_;
  Snapshots& snapshots_;
  std::mutex mutex_;
  std::condition_variable_any landed_;
  std::set<std::string> in_flight_;
  int leases_ = 0;
};

}  // namespace mydock::image
