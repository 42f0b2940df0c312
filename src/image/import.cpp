#include "image/import.h"

#include "archive/compression.h"
#include "base/error.h"
#include "image/change.h"
#include "image/metered.h"

namespace mydock::image {

namespace {

constexpr std::string_view kImported = "Imported from -";

ImagePtr finish(Store& store, Lease& lease, const oci::ImageConfig& config,
                const std::optional<oci::Digest>& parent,
                const std::optional<oci::Reference>& name) {
  std::vector<oci::Reference> names;
  if (name) names.push_back(*name);
  return store.images.add(lease, to_json(config), parent, names).image;
}

oci::ImageConfig empty_config(const std::optional<oci::Platform>& wanted) {
  const oci::Platform platform = wanted.value_or(oci::host_platform());
  if (platform.os != "linux") {
    fail(Kind::invalid, "operating system is not supported: {}", platform.os);
  }
  oci::ImageConfig config;
  config.os = platform.os;
  config.architecture = platform.architecture;
  // The host's variant says what runs here, not what somebody else's files need.
  if (wanted) config.variant = platform.variant;
  return config;
}

}  // namespace

ImagePtr import_image(Store& store, Source& tar, const ImportOptions& options, Progress& progress,
                      const std::stop_token& stop) {
  oci::ImageConfig config = empty_config(options.platform);
  apply_changes(config.config, options.changes);  // before the work: it may be refused
  StagedBlob blob = store.content.stage(tar, {}, stop);
  Lease lease(store.layers.pins());
  const Layer layer =
      store.layers.unpack(lease, std::nullopt, std::move(blob), std::nullopt, progress, stop);
  config.created = now();
  config.rootfs.diff_ids = {layer.diff};
  config.comment = options.message.empty() ? kImported : options.message;
  config.history = {{config.created, "", "", config.comment, false}};
  return finish(store, lease, config, std::nullopt, options.name);
}

ImagePtr create_image(Store& store, Source* diff, const CreateOptions& options,
                      const std::stop_token& stop) {
  oci::ImageConfig config = options.parent ? options.parent->config : empty_config(std::nullopt);
  config.config = options.config;
  apply_changes(config.config, options.changes);
  Lease lease(store.layers.pins());
  std::optional<oci::ChainId> chain;
  std::optional<oci::Digest> parent;
  if (options.parent) {
    parent = options.parent->id;
    chain = options.parent->chain;
    if (chain && !store.layers.hold(lease, *chain)) {
      fail(Kind::not_found, "No such image: {}", parent->str());
    }
  }
  if (diff != nullptr) {
    NoProgress silent;
    const Layer layer = store.layers.unpack(lease, chain, store.content.stage(*diff, {}, stop),
                                            std::nullopt, silent, stop);
    config.rootfs.diff_ids.push_back(layer.diff);
  }
  config.created = now();
  config.author = options.author;
  config.comment = options.comment;
  config.parent.clear();
  config.history.push_back(
      {config.created, options.created_by, options.author, options.comment, diff == nullptr});
  return finish(store, lease, config, parent, options.name);
}

}  // namespace mydock::image
