#include "image/manifests.h"

#include <algorithm>

#include "base/error.h"

namespace mydock::image {

void Manifests::keep(const oci::Digest& image, const KeptManifest& manifest) {
  content_.ingest(manifest.text);
  state::Transaction transaction(database_);
  transaction.run(
      "INSERT OR REPLACE INTO image_manifests(image, digest, media_type) VALUES(?, ?, ?)",
      image.str(), manifest.digest.str(), manifest.media_type);
  transaction.commit();
}

std::optional<KeptManifest> Manifests::find(const oci::Digest& image) const {
  KeptManifest kept;
  {
    state::Reading reading(database_);
    state::Statement row =
        reading.query("SELECT digest, media_type FROM image_manifests WHERE image=?", image.str());
    if (!row.step()) return std::nullopt;
    kept.digest = oci::Digest::parse(row.text(0));
    kept.media_type = row.text(1);
  }
  if (!content_.contains(kept.digest)) return std::nullopt;
  kept.text = content_.read(kept.digest);
  const oci::Manifest manifest = oci::parse_manifest(kept.text, kept.media_type);
  const bool whole = std::ranges::all_of(
      manifest.layers, [&](const auto& layer) { return content_.contains(layer.digest); });
  if (!whole) return std::nullopt;
  return kept;
}

}  // namespace mydock::image
