#include <set>

#include "base/error.h"
#include "base/log.h"
#include "image/layers.h"

namespace mydock::image {

namespace {

// A layer goes when no image has it on top, nobody else keeps it and no snapshot stands on it.
constexpr std::string_view kNeedless =
    "SELECT s.key, s.directory, s.bytes, l.blob FROM image_snapshots s"
    " LEFT JOIN image_layers l ON l.chain = s.key"
    " WHERE s.committed=1"
    " AND NOT EXISTS (SELECT 1 FROM image_images i WHERE i.chain = s.key)"
    " AND NOT EXISTS (SELECT 1 FROM image_keeps k WHERE k.chain = s.key)"
    " AND NOT EXISTS (SELECT 1 FROM image_snapshots c WHERE c.parent = s.key)";

}  // namespace

Layers::Collected Layers::collect(state::Transaction& transaction) {
  Collected collected;
  for (bool again = true; again;) {  // each round frees the parents of the round before
    std::vector<oci::ChainId> round;
    {
      state::Statement row = transaction.query(kNeedless);
      while (row.step()) {
        if (pins_.held(row.text(0))) continue;
        round.push_back({oci::Digest::parse(row.text(0))});
        collected.directories.push_back(snapshots_.root() / row.text(1));
        collected.bytes += static_cast<std::uint64_t>(row.integer(2));
        if (!row.is_null(3)) collected.blobs.push_back(oci::Digest::parse(row.text(3)));
      }
    }
    for (const auto& chain : round) {
      transaction.run("DELETE FROM image_snapshots WHERE key=?", chain.str());
      collected.chains.push_back(chain);
    }
    again = !round.empty();
  }
  return collected;
}

// The rows are gone: what cannot be deleted now goes at the next start.
void Layers::discard(const Collected& collected) {
  for (const fs::path& directory : collected.directories) {
    try {
      snapshots_.discard(directory);
    } catch (const Error& error) {
      log::warn("remove layer: {}; left for the next start", error.what());
    }
  }
  for (const auto& blob : collected.blobs) {
    try {
      remove_blob(blob);
    } catch (const Error& error) {
      log::warn("remove blob: {}; left for the next start", error.what());
    }
  }
}

// Other layers and images may be of the same bytes.
void Layers::remove_blob(const oci::Digest& blob) {
  pins_.unless_held(blob.str(), [&] {
    state::Reading reading(database_);
    const bool needed = reading
                            .query(
                                "SELECT 1 FROM image_layers WHERE blob=? UNION ALL"
                                " SELECT 1 FROM image_images WHERE id=? UNION ALL"
                                " SELECT 1 FROM image_manifests WHERE digest=?",
                                blob.str(), blob.str(), blob.str())
                            .step();
    if (!needed) content_.remove(blob);
  });
}

void Layers::sweep_blobs() {
  for (const auto& blob : content_.list()) remove_blob(blob);
}

}  // namespace mydock::image
