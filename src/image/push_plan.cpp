#include "image/push_plan.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "archive/compression.h"
#include "base/error.h"
#include "base/id.h"
#include "oci/hasher.h"
#include "oci/manifest.h"

namespace mydock::image {

namespace {

archive::Compression packing_of(const Store& store, const oci::Digest& blob) {
  const Fd file = store.content.open(blob);
  std::array<std::byte, 16> head{};
  const std::size_t got = read_some(file, head);
  return archive::detect(ConstBytes(head).first(got));
}

class Stoppable final : public Source {
 public:
  Stoppable(Source& from, const std::stop_token& stop) : from_(from), stop_(stop) {}
  std::size_t read(Bytes buffer) override {
    if (stop_.stop_requested()) fail(Kind::cancelled, "cancelled");
    return from_.read(buffer);
  }

 private:
  Source& from_;
  const std::stop_token& stop_;
};

// Registries and the lines to them are spared tars that are not packed: layers made here, or loaded
// from `docker save`. The same bytes each time, or each push would be of another image.
StagedBlob pack(const Store& store, const Layer& layer, const std::stop_token& stop) {
  const fs::path path = store.content.staging() / random_hex(16);
  FdSink file(open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
  StagedBlob packed(path, {}, 0);  // the file goes if this fails
  oci::HashingSink hashed(file);
  const auto compressor = archive::make_compressor(archive::Compression::gzip, hashed);
  FdSource tar(store.content.open(layer.blob));
  Stoppable stoppable(tar, stop);
  copy(stoppable, *compressor);
  compressor->finish();
  packed.tell(hashed.digest(), hashed.size());
  return packed;
}

oci::Descriptor descriptor(std::string_view type, const oci::Digest& digest, std::uint64_t size) {
  oci::Descriptor made;
  made.media_type = type;
  made.digest = digest;
  made.size = static_cast<std::int64_t>(size);
  return made;
}

PushLayer plan_layer(const Store& store, const Layer& layer, const std::stop_token& stop) {
  PushLayer planned;
  planned.shown_as = short_id(layer.diff.str());
  const archive::Compression packing = packing_of(store, layer.blob);
  if (packing == archive::Compression::gzip || packing == archive::Compression::zstd) {
    const bool gzip = packing == archive::Compression::gzip;
    planned.blob = descriptor(gzip ? oci::media::kDockerLayerGzip : oci::media::kLayerZstd,
                              layer.blob, layer.blob_size);
    return planned;
  }
  planned.packed = pack(store, layer, stop);
  planned.blob =
      descriptor(oci::media::kDockerLayerGzip, planned.packed->digest(), planned.packed->size());
  return planned;
}

// Docker's types, as every registry knows them, unless there is a layer that they have no name for.
registry::Document make_manifest(PushPlan& plan) {
  const bool oci_types = std::ranges::any_of(plan.layers, [](const PushLayer& layer) {
    return layer.blob.media_type == oci::media::kLayerZstd;
  });
  oci::Manifest manifest;
  manifest.media_type = oci_types ? oci::media::kManifest : oci::media::kDockerManifest;
  plan.config.media_type = oci_types ? oci::media::kConfig : oci::media::kDockerConfig;
  manifest.config = plan.config;
  for (PushLayer& layer : plan.layers) {
    if (oci_types && layer.blob.media_type == oci::media::kDockerLayerGzip) {
      layer.blob.media_type = oci::media::kLayerGzip;
    }
    manifest.layers.push_back(layer.blob);
  }
  registry::Document document{.media_type = manifest.media_type, .digest = {}, .text = {}};
  document.text = to_json(manifest);
  document.digest = oci::sha256_of(document.text);
  return document;
}

PushPlan plan_kept(const KeptManifest& kept, const std::vector<Layer>& stack) {
  PushPlan plan;
  plan.manifest = {kept.media_type, kept.digest, kept.text};
  const oci::Manifest manifest = oci::parse_manifest(kept.text, kept.media_type);
  plan.config = manifest.config;
  for (std::size_t i = 0; i < manifest.layers.size(); ++i) {
    plan.layers.push_back({manifest.layers[i], short_id(stack.at(i).diff.str()), std::nullopt});
  }
  return plan;
}

}  // namespace

PushPlan plan_push(Store& store, const ImagePtr& image, Lease& lease, Progress& progress,
                   const std::stop_token& stop) {
  lease.hold(image->id.str());
  std::vector<Layer> stack;
  if (image->chain) {
    if (!store.layers.hold(lease, *image->chain)) {
      fail(Kind::not_found, "No such image: {}", image->id.str());
    }
    stack = store.layers.stack(*image->chain);
    std::ranges::reverse(stack);
  }
  for (const Layer& layer : stack) {
    lease.hold(layer.blob.str());
    progress.layer(short_id(layer.diff.str()), "Preparing", 0, 0);
  }
  if (const auto kept = store.manifests.find(image->id);
      kept && oci::parse_manifest(kept->text, kept->media_type).layers.size() == stack.size()) {
    return plan_kept(*kept, stack);
  }
  PushPlan plan;
  plan.config = descriptor(oci::media::kDockerConfig, image->id, store.content.size(image->id));
  for (const Layer& layer : stack) plan.layers.push_back(plan_layer(store, layer, stop));
  plan.manifest = make_manifest(plan);
  return plan;
}

}  // namespace mydock::image
