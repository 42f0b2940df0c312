#include "image/push.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/failpoint.h"
#include "image/metered.h"
#include "image/progress_queue.h"
#include "image/push_plan.h"
#include "registry/refusal.h"

namespace mydock::image {

namespace {

constexpr std::size_t kMostMountTries = 4;

// A blob's bytes, told about as they go.
class PushSource final : public Source {
 public:
  PushSource(Fd file, Progress& progress, const std::string& id, std::uint64_t size)
      : file_(std::move(file)), metered_(file_, progress, id, "Pushing", size) {}
  std::size_t read(Bytes buffer) override {
    const std::size_t got = metered_.read(buffer);
    if (got == 0) metered_.finish();
    return got;
  }

 private:
  FdSource file_;
  MeteredSource metered_;
};

// Other repositories of the same registry that the image is known to be in.
std::vector<std::string> mount_sources(const Image& image, const oci::Reference& name) {
  std::set<std::string> found;
  for (const oci::Reference& other : image.names) {
    if (other.digest && other.domain == name.domain && other.repository != name.repository) {
      found.insert(other.repository);
    }
  }
  std::vector<std::string> sources(found.begin(), found.end());
  if (sources.size() > kMostMountTries) sources.resize(kMostMountTries);
  return sources;
}

class Pushing {
 public:
  Pushing(Store& store, const registry::Repository& repository, PushPlan& plan,
          std::vector<std::string> sources, const std::stop_token& stop)
      : store_(store),
        repository_(repository),
        plan_(plan),
        sources_(std::move(sources)),
        forward_(stop, [this] { stop_.request_stop(); }) {}

  void run(std::size_t parallel, Progress& listener) {
    const std::size_t workers = std::min(parallel, plan_.layers.size());
    {
      std::vector<std::jthread> threads;
      alive_ = workers;
      for (std::size_t i = 0; i < workers; ++i) threads.emplace_back([this] { work(); });
      if (workers == 0) queue_.close();
      try {
        queue_.pump(listener);
      } catch (...) {  // nobody listens any more: the threads end, and then it is told
        stop_.request_stop();
        throw;
      }
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work() {
    try {
      for (std::size_t at = next_++; at < plan_.layers.size(); at = next_++) {
        push_layer(plan_.layers[at]);
      }
    } catch (...) {  // told by run()
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_.request_stop();
    }
    if (--alive_ == 0) queue_.close();
  }

  void push_layer(const PushLayer& layer) {
    const std::stop_token stop = stop_.get_token();
    if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    const oci::Descriptor& blob = layer.blob;
    if (repository_.has_blob(blob.digest, stop)) {
      return queue_.layer(layer.shown_as, "Layer already exists", 0, 0);
    }
    for (const std::string& source : sources_) {
      if (!repository_.mount_blob(blob.digest, source, stop)) continue;
      return queue_.layer(layer.shown_as, "Mounted from " + source, 0, 0);
    }
    const auto open = [&]() -> std::unique_ptr<Source> {
      Fd file = layer.packed ? layer.packed->open() : store_.content.open(blob.digest);
      return std::make_unique<PushSource>(std::move(file), queue_, layer.shown_as,
                                          static_cast<std::uint64_t>(blob.size));
    };
    repository_.push_blob(blob, open, stop);
    failpoint("push.layer");
    queue_.layer(layer.shown_as, "Pushed", 0, 0);
  }

  Store& store_;
  const registry::Repository& repository_;
  PushPlan& plan_;
  std::vector<std::string> sources_;
  ProgressQueue queue_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> alive_ = 0;
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
};

void push_config(Store& store, const registry::Repository& repository, const PushPlan& plan,
                 const std::stop_token& stop) {
  if (repository.has_blob(plan.config.digest, stop)) return;
  repository.push_blob(
      plan.config,
      [&] { return std::make_unique<FdSource>(store.content.open(plan.config.digest)); }, stop);
}

}  // namespace

Pushed push(Store& store, const registry::Repository& repository, const ImagePtr& image,
            const oci::Reference& name, const PushOptions& options, Progress& progress,
            const std::stop_token& stop) {
  Lease lease(store.layers.pins());
  PushPlan plan = plan_push(store, image, lease, progress, stop);
  try {
    Pushing(store, repository, plan, mount_sources(*image, name), stop)
        .run(options.parallel, progress);
  } catch (const Error&) {
    if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    throw;
  }
  push_config(store, repository, plan, stop);
  repository.push_manifest(name.tag, plan.manifest, stop);
  failpoint("push.manifest");
  oci::Reference by_digest = name;
  by_digest.tag.clear();
  by_digest.digest = plan.manifest.digest;
  store.images.tag(image->id, by_digest);
  return {plan.manifest.digest, plan.manifest.text.size()};
}

}  // namespace mydock::image
