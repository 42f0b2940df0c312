#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "oci/descriptor.h"

namespace mydock::oci {

// Of a manifest, an index and an image configuration; the distribution spec has clients expect 4
// MB.
inline constexpr std::size_t kLargestDocument = std::size_t{4} << 20;
// Overlayfs bounds the number of lower directories by the length of a mount's options.
inline constexpr std::size_t kMostLayers = 127;

// One platform's image.
struct Manifest {
  std::int64_t schema_version = 2;
  std::string media_type;
  std::string artifact_type;
  Descriptor config;
  std::vector<Descriptor> layers;  // lowest first
  std::optional<Descriptor> subject;
  std::map<std::string, std::string> annotations;
  bool operator==(const Manifest&) const = default;
};
template <class V>
void fields(V& v, Of<Manifest> auto& m) {
  v("schemaVersion", m.schema_version);
  v.omit_empty("mediaType", m.media_type);
  v.omit_empty("artifactType", m.artifact_type);
  v("config", m.config);
  v("layers", m.layers);
  v.omit_empty("subject", m.subject);
  v.omit_empty("annotations", m.annotations);
}

// A list of manifests, or of further indexes.
struct Index {
  std::int64_t schema_version = 2;
  std::string media_type;
  std::string artifact_type;
  std::vector<Descriptor> manifests;
  std::optional<Descriptor> subject;
  std::map<std::string, std::string> annotations;
  bool operator==(const Index&) const = default;
};
template <class V>
void fields(V& v, Of<Index> auto& i) {
  v("schemaVersion", i.schema_version);
  v.omit_empty("mediaType", i.media_type);
  v.omit_empty("artifactType", i.artifact_type);
  v("manifests", i.manifests);
  v.omit_empty("subject", i.subject);
  v.omit_empty("annotations", i.annotations);
}

using Document = std::variant<Manifest, Index>;
// `media_type`: what the descriptor or the Content-Type said; empty when nobody said. It decides,
// and a document's own mediaType must agree with it. A document that could be read as both
// (CVE-2021-41190) is refused. Every descriptor in the result has a digest and a size that is not
// negative. Errors: invalid.
Document parse_document(std::string_view text, std::string_view media_type = {});
// The same, when only one of the two will do.
Manifest parse_manifest(std::string_view text, std::string_view media_type = {});
Index parse_index(std::string_view text, std::string_view media_type = {});

// What an index entry with this annotation holds is about another entry, and no image.
inline constexpr std::string_view kAttestationKey = "vnd.docker.reference.type";
// Entries that may be images for a platform: neither attestations nor unknown/unknown nor
// artifacts.
bool is_image_entry(const Descriptor& entry);

}  // namespace mydock::oci
