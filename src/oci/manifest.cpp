#include "oci/manifest.h"

#include "base/error.h"

namespace mydock::oci {

namespace {

void check_descriptor(const Descriptor& descriptor, std::string_view where) {
  if (descriptor.digest.empty()) fail(Kind::invalid, "{} has no digest", where);
  if (descriptor.size < 0) fail(Kind::invalid, "{} has a negative size", where);
}

void check_manifest(const Manifest& manifest) {
  check_descriptor(manifest.config, "the manifest's config");
  if (manifest.layers.size() > kMostLayers) {
    fail(Kind::invalid, "the manifest has {} layers: at most {} are possible",
         manifest.layers.size(), kMostLayers);
  }
  for (const Descriptor& layer : manifest.layers)
    check_descriptor(layer, "a layer of the manifest");
}

// What it says it is; empty when neither the document nor anybody else says.
std::string agreed_type(std::string_view own, std::string_view given) {
  const bool given_counts = is_manifest_type(given) || is_index_type(given);
  if (!given.empty() && !given_counts) {
    fail(Kind::invalid, "media type {} is neither a manifest nor an index", json_quote(given));
  }
  if (!own.empty() && given_counts && own != given) {
    fail(Kind::invalid, "the document says it is {} but was given as {}", json_quote(own), given);
  }
  return std::string(own.empty() ? given : own);
}

}  // namespace

Document parse_document(std::string_view text, std::string_view media_type) {
  if (text.size() > kLargestDocument) {
    fail(Kind::invalid, "the manifest is larger than {} bytes", kLargestDocument);
  }
  const JsonDocument document(text);
  const JsonReader root = document.root();
  if (!root.is_object()) fail(Kind::invalid, "the manifest is not a JSON object");
  const bool lists = root.find("manifests") != nullptr;
  const bool layers = root.find("layers") != nullptr || root.find("config") != nullptr;
  if (lists && layers) fail(Kind::invalid, "the document is both a manifest and an index");
  if (root.find("fsLayers") != nullptr || root.find("signatures") != nullptr) {
    fail(Kind::invalid, "manifest schema 1 is not supported");
  }
  std::string own;
  if (const auto* member = root.find("mediaType")) JsonReader(*member).read(own);
  const std::string type = agreed_type(own, media_type);
  if (lists ? is_manifest_type(type) : is_index_type(type)) {
    fail(Kind::invalid, "the document does not hold what its media type {} says", type);
  }
  if (lists) {
    Index index;
    root.read(index);
    for (const Descriptor& entry : index.manifests)
      check_descriptor(entry, "an entry of the index");
    if (index.schema_version != 2) fail(Kind::invalid, "the index's schemaVersion is not 2");
    return index;
  }
  if (!layers) fail(Kind::invalid, "the document is neither a manifest nor an index");
  Manifest manifest;
  root.read(manifest);
  check_manifest(manifest);
  if (manifest.schema_version != 2) fail(Kind::invalid, "the manifest's schemaVersion is not 2");
  return manifest;
}

Manifest parse_manifest(std::string_view text, std::string_view media_type) {
  Document document = parse_document(text, media_type);
  if (auto* manifest = std::get_if<Manifest>(&document)) return std::move(*manifest);
  fail(Kind::invalid, "the document is an index, not a manifest");
}

Index parse_index(std::string_view text, std::string_view media_type) {
  Document document = parse_document(text, media_type);
  if (auto* index = std::get_if<Index>(&document)) return std::move(*index);
  fail(Kind::invalid, "the document is a manifest, not an index");
}

bool is_image_entry(const Descriptor& entry) {
  if (entry.annotations.contains(std::string(kAttestationKey))) return false;
  if (!entry.artifact_type.empty() && !is_config_type(entry.artifact_type)) return false;
  return !entry.platform ||
         !(entry.platform->os == "unknown" && entry.platform->architecture == "unknown");
}

}  // namespace mydock::oci
