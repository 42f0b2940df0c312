#include "image/pull_plan.h"

#include "base/error.h"
#include "registry/refusal.h"

namespace mydock::image {

namespace {

constexpr int kDeepestIndex = 4;
constexpr std::string_view kSchema1 = "application/vnd.docker.distribution.manifest.v1+";

void refuse_schema1(const registry::Document& document, const oci::Reference& name) {
  if (!document.media_type.starts_with(kSchema1)) return;
  fail(Kind::invalid,
       "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been "
       "removed. Suggest the author of {} to upgrade the image to the OCI Format or Docker Image "
       "manifest v2, schema 2. More information at "
       "https://docs.docker.com/go/deprecated-image-specs/",
       name.str());
}

oci::Document parse(const registry::Document& document, const oci::Reference& name) {
  refuse_schema1(document, name);
  // Some registries know no better type; then the document's own has to do.
  const bool generic =
      !oci::is_manifest_type(document.media_type) && !oci::is_index_type(document.media_type);
  return oci::parse_document(document.text, generic ? std::string_view() : document.media_type);
}

oci::Descriptor choose(const oci::Index& index, const oci::Platform& wanted) {
  std::vector<oci::Descriptor> entries;
  std::vector<std::optional<oci::Platform>> offered;
  for (const oci::Descriptor& entry : index.manifests) {
    if (!oci::is_image_entry(entry)) continue;
    entries.push_back(entry);
    offered.push_back(entry.platform);
  }
  if (const auto chosen = oci::choose(wanted, offered)) return entries[*chosen];
  oci::Platform shown = wanted;
  if (shown.architecture == "amd64") shown.variant.clear();  // the host's says nothing here
  fail(Kind::not_found, "no matching manifest for {} in the manifest list entries",
       oci::to_string(shown));
}

void check_types(const oci::Manifest& manifest) {
  const std::string& type = manifest.config.media_type;
  // Very old images have no type of their own for it.
  if (!oci::is_config_type(type) && !type.empty() && type != "application/octet-stream" &&
      type != "application/json" && type != "text/html") {
    fail(Kind::invalid, "Encountered remote \"{}\"(unknown) when fetching", type);
  }
  for (const oci::Descriptor& layer : manifest.layers) {
    if (!oci::is_layer_type(layer.media_type)) {
      fail(Kind::invalid, "unsupported media type {}", layer.media_type);
    }
  }
}

}  // namespace

PullPlan plan_pull(const registry::Repository& repository, const oci::Reference& name,
                   const PullOptions& options, const std::stop_token& stop) {
  const oci::Platform wanted = options.platform.value_or(oci::host_platform());
  PullPlan plan;
  try {
    plan.manifest = repository.manifest(name.digest ? name.digest->str() : name.tag, stop);
  } catch (const Error& error) {
    registry::explain_pull(error, name);
  }
  plan.digest = name.digest.value_or(plan.manifest.digest);
  oci::Document document = parse(plan.manifest, name);
  for (int depth = 0; const auto* index = std::get_if<oci::Index>(&document); ++depth) {
    if (depth == kDeepestIndex) fail(Kind::invalid, "index in index, too deep");
    const oci::Descriptor entry = choose(*index, wanted);
    plan.manifest = repository.manifest(entry.digest.str(), stop);
    if (plan.manifest.text.size() != static_cast<std::size_t>(entry.size)) {
      fail(Kind::invalid, "manifest {} has another size than its index says", entry.digest.str());
    }
    document = parse(plan.manifest, name);
  }
  const auto& manifest = std::get<oci::Manifest>(document);
  check_types(manifest);
  plan.config = repository.blob(manifest.config, stop);
  const oci::ImageConfig config = oci::parse_image_config(plan.config);
  if (config.os != "linux") {
    fail(Kind::invalid, "image operating system \"{}\" cannot be used on this platform", config.os);
  }
  if (config.rootfs.diff_ids.size() != manifest.layers.size()) {
    fail(Kind::invalid, "layers from manifest don't match image configuration");
  }
  if (plan.manifest.media_type.empty() || !oci::is_manifest_type(plan.manifest.media_type)) {
    plan.manifest.media_type =
        manifest.media_type.empty() ? oci::media::kManifest : manifest.media_type;
  }
  plan.layers = manifest.layers;
  plan.diffs = config.rootfs.diff_ids;
  return plan;
}

}  // namespace mydock::image
