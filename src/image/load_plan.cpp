#include "image/load_plan.h"

#include "base/error.h"
#include "base/json.h"
#include "oci/image_config.h"
#include "oci/manifest.h"
#include "oci/platform.h"

namespace mydock::image {

namespace {

constexpr std::string_view kBlobs = "blobs/sha256/";
constexpr std::string_view kContainerdName = "io.containerd.image.name";
constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";
constexpr int kDeepestIndex = 4;
// Of all images' configurations together, as all are held until the last is known to be right.
constexpr std::size_t kMostConfigBytes = std::size_t{16} << 20;

// One element of a docker-archive's manifest.json.
struct ArchiveItem {
  std::string config;
  std::vector<std::string> repo_tags;
  std::vector<std::string> layers;
};
template <class V>
void fields(V& v, Of<ArchiveItem> auto& item) {
  v("Config", item.config);
  v("RepoTags", item.repo_tags);
  v("Layers", item.layers);
}

void add(std::vector<PlannedImage>& images, std::size_t& bytes, PlannedImage&& image) {
  bytes += image.config.size();
  if (bytes > kMostConfigBytes) {
    fail(Kind::invalid, "invalid archive: its images' configurations are larger than {} bytes",
         kMostConfigBytes);
  }
  images.push_back(std::move(image));
}

PlannedImage planned(std::string config_text, std::size_t layer_count) {
  const oci::ImageConfig config = oci::parse_image_config(config_text);
  if (config.os != "linux") fail(Kind::invalid, "cannot load {} image on linux", config.os);
  if (config.rootfs.diff_ids.size() != layer_count) {
    fail(Kind::invalid, "invalid manifest, layers length mismatch: expected {}, got {}",
         config.rootfs.diff_ids.size(), layer_count);
  }
  return {std::move(config_text), config.rootfs.diff_ids, {}, {}};
}

oci::Reference tag_name(const std::string& text) {
  oci::Reference name = oci::Reference::parse_familiar(text);
  if (name.digest || name.tag.empty()) fail(Kind::invalid, "invalid tag \"{}\"", text);
  return name;
}

// A file below blobs/sha256 that is not what its name says has been tampered with.
const StagedBlob& checked(const ArchiveFiles& files, const std::string& path) {
  if (!path.starts_with(kBlobs)) return files.get(path);
  const auto digest = oci::Digest::find("sha256:" + path.substr(kBlobs.size()));
  return digest ? files.get_blob(*digest, std::nullopt) : files.get(path);
}

PlannedImage plan_item(const ArchiveFiles& files, const ArchiveItem& item) {
  PlannedImage image = planned(files.read(checked(files, item.config)), item.layers.size());
  for (const std::string& path : item.layers) image.layers.push_back(&checked(files, path));
  for (const std::string& text : item.repo_tags) image.names.push_back(tag_name(text));
  return image;
}

// Of an OCI index: what is for this machine.
class Layout {
 public:
  Layout(const ArchiveFiles& files, const LoadOptions& options)
      : files_(files), wanted_(options.platform.value_or(oci::host_platform())) {}

  std::vector<PlannedImage> plan(const oci::Index& top) {
    std::vector<PlannedImage> images;
    std::size_t entries = 0;
    std::size_t bytes = 0;
    for (const oci::Descriptor& entry : top.manifests) {
      if (!oci::is_image_entry(entry)) continue;
      ++entries;
      if (entry.platform && !oci::runs(wanted_, *entry.platform)) continue;
      PlannedImage image = plan_entry(entry, 0);
      if (const auto name = name_of(entry)) image.names.push_back(*name);
      add(images, bytes, std::move(image));
    }
    if (images.empty() && entries > 0) no_match();
    return images;
  }

 private:
  [[noreturn]] void no_match() const {
    fail(Kind::not_found, "no matching manifest for {} in the manifest list entries",
         oci::to_string(wanted_));
  }

  PlannedImage plan_entry(const oci::Descriptor& entry, int depth) {
    if (depth > kDeepestIndex) fail(Kind::invalid, "invalid archive: index in index, too deep");
    const std::string text =
        files_.read(files_.get_blob(entry.digest, static_cast<std::uint64_t>(entry.size)));
    const oci::Document document = oci::parse_document(text, entry.media_type);
    if (const auto* manifest = std::get_if<oci::Manifest>(&document)) {
      return plan_manifest(*manifest);
    }
    std::vector<oci::Descriptor> entries;
    std::vector<std::optional<oci::Platform>> offered;
    for (const auto& inner : std::get<oci::Index>(document).manifests) {
      if (!oci::is_image_entry(inner)) continue;
      entries.push_back(inner);
      offered.push_back(inner.platform);
    }
    const auto chosen = oci::choose(wanted_, offered);
    if (!chosen) no_match();
    return plan_entry(entries[*chosen], depth + 1);
  }

  PlannedImage plan_manifest(const oci::Manifest& manifest) {
    if (!manifest.config.media_type.empty() && !oci::is_config_type(manifest.config.media_type)) {
      fail(Kind::invalid, "unsupported media type {}", manifest.config.media_type);
    }
    PlannedImage image = planned(files_.read(blob(manifest.config)), manifest.layers.size());
    for (const auto& layer : manifest.layers) image.layers.push_back(&blob(layer));
    return image;
  }

  const StagedBlob& blob(const oci::Descriptor& descriptor) const {
    return files_.get_blob(descriptor.digest, static_cast<std::uint64_t>(descriptor.size));
  }

  // The OCI annotation may hold a tag only, from which no name can be made.
  static std::optional<oci::Reference> name_of(const oci::Descriptor& entry) {
    for (const std::string_view key : {kContainerdName, kRefName}) {
      const auto found = entry.annotations.find(std::string(key));
      if (found == entry.annotations.end()) continue;
      if (key == kRefName && found->second.find_first_of("/:") == std::string::npos) continue;
      return tag_name(found->second);
    }
    return std::nullopt;
  }

  const ArchiveFiles& files_;
  oci::Platform wanted_;
};

}  // namespace

std::vector<PlannedImage> plan_load(const ArchiveFiles& files, const LoadOptions& options) {
  std::vector<PlannedImage> images;
  if (const StagedBlob* manifest = files.find("manifest.json")) {
    const auto items = in_context("manifest.json", [&] {
      return from_json<std::vector<ArchiveItem>>(files.read(*manifest));
    });
    std::size_t bytes = 0;
    for (const ArchiveItem& item : items) add(images, bytes, plan_item(files, item));
    return images;
  }
  if (const StagedBlob* index = files.find("index.json")) {
    return Layout(files, options).plan(oci::parse_index(files.read(*index)));
  }
  fail(Kind::invalid, "invalid archive: does not contain a manifest.json");
}

}  // namespace mydock::image
