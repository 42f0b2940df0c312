#include "image/save.h"

#include <algorithm>
#include <set>

#include "archive/tar_writer.h"
#include "base/error.h"
#include "base/json.h"
#include "image/catalog.h"
#include "oci/hasher.h"
#include "oci/manifest.h"

namespace mydock::image {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::string_view kOciLayout = R"({"imageLayoutVersion":"1.0.0"})";

struct SavedItem {
  std::string config;
  std::optional<std::vector<std::string>> repo_tags;
  std::vector<std::string> layers;
};
template <class V>
void fields(V& v, Of<SavedItem> auto& item) {
  v("Config", item.config);
  v("RepoTags", item.repo_tags);
  v("Layers", item.layers);
}

std::string blob_path(const oci::Digest& digest) {
  return "blobs/sha256/" + std::string(digest.hex());
}

oci::Descriptor descriptor(std::string_view media_type, const oci::Digest& digest,
                           std::uint64_t size) {
  oci::Descriptor made;
  made.media_type = media_type;
  made.digest = digest;
  made.size = static_cast<std::int64_t>(size);
  return made;
}

// Writes blobs once each, in an order that a reader can stream: everything before what names it.
class SaveArchive {
 public:
  SaveArchive(Store& store, Sink& to, const std::stop_token& stop)
      : store_(store), tar_(to), stop_(stop) {
    for (const char* directory : {"blobs/", "blobs/sha256/"}) {
      archive::Entry entry;
      entry.name = directory;
      entry.type = archive::EntryType::directory;
      entry.mode = 0755;
      tar_.add(entry);
    }
  }

  void add(const ImagePtr& image, const std::vector<oci::Reference>& tags) {
    std::vector<Layer> layers;
    if (image->chain) layers = store_.layers.stack(*image->chain);
    std::ranges::reverse(layers);
    const std::string config = store_.content.read(image->id);
    add_text(image->id, config);

    oci::Manifest manifest;
    manifest.media_type = oci::media::kManifest;
    manifest.config = descriptor(oci::media::kConfig, image->id, config.size());
    SavedItem item{blob_path(image->id), std::nullopt, {}};
    for (const Layer& layer : layers) {
      add_layer(layer);
      manifest.layers.push_back(descriptor(oci::media::kLayer, layer.diff.digest, layer.tar_size));
      item.layers.push_back(blob_path(layer.diff.digest));
    }
    const std::string text = to_json(manifest);
    const oci::Digest digest = oci::sha256_of(text);
    add_text(digest, text);
    add_names(descriptor(oci::media::kManifest, digest, text.size()), image, tags, item);
  }

  void finish() {
    tar_.add_file("index.json", to_json(index_));
    tar_.add_file("manifest.json", to_json(items_));
    tar_.add_file("oci-layout", kOciLayout);
    tar_.finish();
  }

 private:
  void add_names(oci::Descriptor entry, const ImagePtr& image,
                 const std::vector<oci::Reference>& tags, SavedItem& item) {
    entry.platform = image->config.platform();
    if (tags.empty()) index_.manifests.push_back(entry);
    for (const auto& tag : tags) {
      if (!item.repo_tags) item.repo_tags.emplace();
      item.repo_tags->push_back(tag.familiar());
      entry.annotations = {{"io.containerd.image.name", tag.str()},
                           {"org.opencontainers.image.ref.name", tag.tag}};
      index_.manifests.push_back(entry);
    }
    items_.push_back(std::move(item));
  }

  void add_text(const oci::Digest& digest, std::string_view text) {
    if (written_.insert(digest).second) tar_.add_file(blob_path(digest), text);
  }

  void add_layer(const Layer& layer) {
    if (!written_.insert(layer.diff.digest).second) return;
    archive::Entry entry;
    entry.name = blob_path(layer.diff.digest);
    entry.size = static_cast<std::int64_t>(layer.tar_size);
    tar_.add(entry);
    const auto source = store_.layers.open_tar(layer);
    oci::HashingSource hashed(*source);
    std::vector<std::byte> buffer(kPiece);
    while (const std::size_t got = hashed.read(buffer)) {
      if (stop_.stop_requested()) fail(Kind::cancelled, "cancelled");
      if (hashed.size() > layer.tar_size) break;
      tar_.write(std::span(buffer).first(got));
    }
    if (hashed.size() != layer.tar_size || hashed.digest() != layer.diff.digest) {
      fail(Kind::unavailable, "layer {} is damaged", layer.diff.str());
    }
  }

  Store& store_;
  archive::TarWriter tar_;
  const std::stop_token& stop_;
  std::set<oci::Digest> written_;
  oci::Index index_{2, std::string(oci::media::kIndex), {}, {}, {}, {}};
  std::vector<SavedItem> items_;
};

}  // namespace

Saving::Saving(Store& store, std::span<const std::string> names)
    : store_(store), lease_(std::make_unique<Lease>(store.layers.pins())) {
  for (const std::string& name : names) {
    const std::vector<Named> found = named(name);
    for (const Named& one : found) add(one.image, one.tag);
  }
}

// What one argument means: see the class's comment.
std::vector<Saving::Named> Saving::named(const std::string& name) const {
  std::vector<Named> found;
  const ImagePtr image = store_.images.find(name);
  if (image && is_id_prefix(image->id, name)) return {{image, std::nullopt}};
  const oci::Reference typed = oci::Reference::parse_name(name);
  if (typed.tag.empty() && !typed.digest) {
    ListOptions everything;
    everything.all = true;
    for (const Listed& listed : store_.images.list(everything)) {
      for (const auto& other : listed.image->names) {
        if (!other.digest && other.name() == typed.name()) found.push_back({listed.image, other});
      }
    }
    if (!found.empty()) return found;
  }
  found.push_back({store_.images.resolve(name), std::nullopt});
  if (!typed.digest) found.back().tag = typed;
  return found;
}

void Saving::add(const ImagePtr& image, const std::optional<oci::Reference>& tag) {
  auto item = std::ranges::find(items_, image->id, [](const Item& one) { return one.image->id; });
  if (item == items_.end()) {
    store_.images.resolve(image->id.str());  // not a damaged one
    lease_->hold(image->id.str());
    if (image->chain && !store_.layers.hold(*lease_, *image->chain)) {
      fail(Kind::not_found, "No such image: {}", image->id.str());
    }
    item = items_.insert(items_.end(), Item{image, {}});
  }
  if (tag && std::ranges::find(item->tags, *tag) == item->tags.end()) item->tags.push_back(*tag);
}

void Saving::write(Sink& to, const std::stop_token& stop) const {
  SaveArchive archive(store_, to, stop);
  for (const Item& item : items_) archive.add(item.image, item.tags);
  archive.finish();
}

}  // namespace mydock::image
