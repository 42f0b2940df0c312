#include "image/load.h"

#include <algorithm>

#include "base/error.h"
#include "base/failpoint.h"
#include "image/archive_files.h"
#include "image/load_plan.h"
#include "oci/hasher.h"

namespace mydock::image {

namespace {

class Loading {
 public:
  Loading(Store& store, Progress& progress, const std::stop_token& stop)
      : store_(store), progress_(progress), stop_(stop) {}

  Loaded load(const PlannedImage& planned) {
    Lease lease(store_.layers.pins());
    std::optional<oci::ChainId> chain;
    for (std::size_t i = 0; i < planned.layers.size(); ++i) {
      chain = unpack(lease, planned, i, chain);
    }
    const auto [image, owners] =
        store_.images.add(lease, planned.config, std::nullopt, planned.names);
    Loaded loaded{image->id, {}};
    for (const auto& name : planned.names) loaded.tags.push_back(name.familiar());
    if (planned.names.empty()) {
      progress_.message(fmt::format("Loaded image ID: {}\n", image->id.str()));
    } else {
      tell(planned.names, owners);
    }
    return loaded;
  }

 private:
  oci::ChainId unpack(Lease& lease, const PlannedImage& planned, std::size_t at,
                      const std::optional<oci::ChainId>& parent) {
    const auto diffs = std::span(planned.diffs);
    const oci::ChainId chain = oci::chain_id(diffs.first(at + 1));
    if (!store_.layers.hold(lease, chain)) {
      in_context(fmt::format("layer {}", at), [&] {
        store_.layers.unpack(lease, parent, planned.layers[at]->link(), diffs[at], progress_,
                             stop_);
      });
    }
    return chain;
  }

  void tell(const std::vector<oci::Reference>& names, const std::vector<ImagePtr>& owners) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (owners[i]) {
        progress_.message(fmt::format(
            "The image {} already exists, renaming the old one with ID {} to empty string\n",
            names[i].familiar(), owners[i]->id.str()));
      }
      progress_.message(fmt::format("Loaded image: {}\n", names[i].familiar()));
    }
  }

  Store& store_;
  Progress& progress_;
  const std::stop_token& stop_;
};

}  // namespace

std::vector<Loaded> load(Store& store, Source& archive, const LoadOptions& options,
                         Progress& progress, const std::stop_token& stop) {
  const ArchiveFiles files(store.content, archive, options.most_entries, stop);
  const std::vector<PlannedImage> plan = plan_load(files, options);
  failpoint("load.staged");
  Loading loading(store, progress, stop);
  std::vector<Loaded> loaded;
  for (const PlannedImage& planned : plan) loaded.push_back(loading.load(planned));
  return loaded;
}

}  // namespace mydock::image
