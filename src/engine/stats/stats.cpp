#include "engine/stats.h"

#include <map>

#include "base/mutex.h"
#include "engine/parts.h"
#include "engine/stats/sampler.h"

namespace mydock::engine {

// One a container that somebody follows.
struct Stats::Samplers {
  Mutex mutex{Rank::leaf};
  std::map<std::string, std::weak_ptr<StatsSampler>, std::less<>> by_id GUARDED_BY(mutex);
};

Stats::Stats(Parts& parts) : parts_(parts), samplers_(std::make_unique<Samplers>()) {}
Stats::~Stats() = default;

Stats::Reader Stats::prepare(std::string_view ref, const StatsOptions& options) {
  auto container = parts_.table.get(ref);
  std::shared_ptr<StatsSampler> sampler;
  {
    Lock lock(samplers_->mutex);
    std::erase_if(samplers_->by_id, [](const auto& entry) { return entry.second.expired(); });
    const auto found = samplers_->by_id.find(container->id());
    if (found != samplers_->by_id.end()) sampler = found->second.lock();
    if (!sampler) {
      sampler =
          std::make_shared<StatsSampler>(parts_.paths.bundle(container->id()), parts_.host.memory);
      samplers_->by_id[container->id()] = sampler;
    }
  }
  return Reader(std::move(container), std::move(sampler), options);
}

Stats::Reader::Reader(std::shared_ptr<Container> container, std::shared_ptr<StatsSampler> sampler,
                      const StatsOptions& options)
    : container_(std::move(container)), sampler_(std::move(sampler)), options_(options) {}
Stats::Reader::Reader(Reader&&) noexcept = default;
Stats::Reader::~Reader() = default;

// `sample` is the one before, and becomes the next.
void Stats::Reader::next(api::ContainerStats& sample) {
  const RecordPtr record = container_->record();
  std::optional<api::ContainerStats> taken;
  if (const auto task = container_->task(); task && has_task(record->status.state)) {
    taken = sampler_->take(task->pid());
  }
  if (taken) {
    taken->preread = sample.read;
    taken->precpu_stats = sample.cpu_stats;
    sample = std::move(*taken);
  } else {
    sample = {};
  }
  sample.id = record->id();
  sample.name = "/" + record->name;
}

bool Stats::Reader::wait_a_second(const std::stop_token& stop) {
  return !container_->wait([](const Record&, const Live& live) { return live.removed; }, stop,
                           deadline_after(std::chrono::seconds(1)));
}

void Stats::Reader::run(const std::function<void(const api::ContainerStats&)>& use,
                        const std::stop_token& stop) {
  api::ContainerStats sample;
  next(sample);
  if (options_.stream) {
    for (;; next(sample)) {
      use(sample);
      if (!wait_a_second(stop)) return;
    }
  }
  const bool runs = sample.read != Time{};
  if (runs && !options_.one_shot && wait_a_second(stop)) next(sample);
  use(sample);
}

}  // namespace mydock::engine
