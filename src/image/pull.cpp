#include "image/pull.h"

#include <cerrno>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/failpoint.h"
#include "base/id.h"
#include "base/log.h"
#include "image/fetch.h"
#include "image/progress_queue.h"
#include "image/pull_plan.h"

namespace mydock::image {

namespace {

std::string shown_id(const oci::Descriptor& layer) { return short_id(layer.digest.str()); }

// What unpacking tells, under the name that a pull has for the layer.
class Extracting final : public Progress {
 public:
  Extracting(Progress& to, std::string id) : to_(to), id_(std::move(id)) {}
  void layer(std::string_view, std::string_view, std::uint64_t current,
             std::uint64_t total) override {
    to_.layer(id_, "Extracting", current, total);
  }
  void status(std::string_view, std::string_view) override {}
  void message(std::string_view) override {}

 private:
  Progress& to_;
  std::string id_;
};

// The layers of one image on their way into the store: some threads download, one unpacks in order,
// and the caller's tells how it goes.
class Layering {
 public:
  Layering(Store& store, const registry::Repository& repository, const PullPlan& plan,
           const PullOptions& options, Lease& lease, const std::stop_token& stop)
      : store_(store),
        repository_(repository),
        plan_(plan),
        options_(options),
        lease_(lease),
        staged_(plan.layers.size()),
        forward_(stop, [this] { stop_.request_stop(); }) {}

  void run(Progress& listener) {
    first_missing_ = next_ = count_present();
    if (first_missing_ == plan_.layers.size()) {
      queue_.close();
      return queue_.pump(listener);
    }
    for (std::size_t i = first_missing_; i < plan_.layers.size(); ++i) {
      queue_.layer(shown_id(plan_.layers[i]), "Pulling fs layer", 0, 0);
    }
    {
      std::vector<std::jthread> threads;
      const std::size_t missing = plan_.layers.size() - first_missing_;
      for (std::size_t i = 0; i < std::min(options_.parallel, missing); ++i) {
        threads.emplace_back([this] { guarded([this] { download_all(); }); });
      }
      threads.emplace_back([this] {
        guarded([this] { unpack_all(); });
        queue_.close();
      });
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
  template <class F>
  void guarded(F&& work) {
    try {
      work();
    } catch (...) {  // told by run()
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      stop_.request_stop();
    }
    changed_.notify_all();
  }

  std::size_t count_present() {
    const auto diffs = std::span(plan_.diffs);
    std::size_t count = 0;
    while (count < diffs.size() &&
           store_.layers.hold(lease_, oci::chain_id(diffs.first(count + 1)))) {
      queue_.layer(shown_id(plan_.layers[count]), "Already exists", 0, 0);
      ++count;
    }
    return count;
  }

  void download_all() {
    for (;;) {
      std::size_t at = 0;
      {
        const std::lock_guard lock(mutex_);
        if (next_ == plan_.layers.size()) return;
        at = next_++;
        // Those that have to wait say so, once the first ones are under way.
        if (at == first_missing_) {
          for (std::size_t i = at + options_.parallel; i < plan_.layers.size(); ++i) {
            queue_.layer(shown_id(plan_.layers[i]), "Waiting", 0, 0);
          }
        }
      }
      const oci::Descriptor& layer = plan_.layers[at];
      StagedBlob blob =
          fetch_layer(store_.downloads, repository_, layer, options_, queue_, stop_.get_token());
      failpoint("pull.download");
      queue_.layer(shown_id(layer), "Download complete", 0, 0);
      const std::lock_guard lock(mutex_);
      staged_[at].emplace(std::move(blob));
      changed_.notify_all();
    }
  }

  void unpack_all() {
    const std::stop_token stop = stop_.get_token();
    const auto diffs = std::span(plan_.diffs);
    for (std::size_t at = first_missing_; at < plan_.layers.size(); ++at) {
      std::optional<StagedBlob> blob;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [&] { return staged_[at].has_value(); });
        if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
        blob = std::move(staged_[at]);
      }
      std::optional<oci::ChainId> parent;
      if (at > 0) parent = oci::chain_id(diffs.first(at));
      Extracting progress(queue_, shown_id(plan_.layers[at]));
      in_context(fmt::format("failed to register layer {}", shown_id(plan_.layers[at])), [&] {
        store_.layers.unpack(lease_, parent, std::move(*blob), diffs[at], progress, stop);
      });
      failpoint("pull.layer");
      queue_.layer(shown_id(plan_.layers[at]), "Pull complete", 0, 0);
    }
  }

  Store& store_;
  const registry::Repository& repository_;
  const PullPlan& plan_;
  const PullOptions& options_;
  Lease& lease_;  // of the caller's thread first, then of the one that unpacks
  ProgressQueue queue_;
  std::size_t first_missing_ = 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::size_t next_ = 0;
  std::vector<std::optional<StagedBlob>> staged_;
  std::exception_ptr failure_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
};

// A full disk is not kept full by what cannot be used.
void drop_downloads(Store& store, const PullPlan& plan) {
  for (const oci::Descriptor& layer : plan.layers) store.downloads.drop(layer.digest);
}

// What was unpacked for nothing goes. The downloads stay, unless there is no room for them.
void clean_up(Store& store, const PullPlan& plan, const Error& error) {
  if (error.error_number() == ENOSPC) drop_downloads(store, plan);
  try {
    store.images.collect();
  } catch (const Error& problem) {  // the next removal does it, or the next start
    log::warn("after a failed pull: {}", problem.what());
  }
}

ImagePtr fetch_image(Store& store, const registry::Repository& repository, const PullPlan& plan,
                     const PullOptions& options, Progress& progress, const std::stop_token& stop,
                     std::span<const oci::Reference> names) {
  Lease lease(store.layers.pins());
  Layering(store, repository, plan, options, lease, stop).run(progress);
  ImagePtr image = store.images.add(lease, plan.config);
  failpoint("pull.image");
  store.manifests.keep(image->id,
                       {plan.manifest.media_type, plan.manifest.digest, plan.manifest.text});
  failpoint("pull.manifest");
  store.images.tag(image->id, names);
  failpoint("pull.names");
  return image;
}

}  // namespace

Pulled pull(Store& store, const registry::Repository& repository, const oci::Reference& name,
            const PullOptions& options, Progress& progress, const std::stop_token& stop) {
  const PullPlan plan = plan_pull(repository, name, options, stop);
  progress.status(name.digest ? name.digest->str() : name.tag, "Pulling from " + name.repository);
  std::vector<oci::Reference> names{name};
  names[0].tag.clear();
  names[0].digest = plan.digest;
  if (!name.digest) names.push_back(name);
  const ImagePtr before = store.images.find(name.familiar());
  Pulled pulled;
  pulled.digest = plan.digest;
  try {
    pulled.image = fetch_image(store, repository, plan, options, progress, stop, names);
  } catch (const Error& error) {
    clean_up(store, plan, error);
    if (stop.stop_requested()) fail(Kind::cancelled, "cancelled");
    throw;
  }
  pulled.newer = !before || before->id != pulled.image->id;
  drop_downloads(store, plan);  // all of it is in the content store now
  return pulled;
}

}  // namespace mydock::image
