#include "engine/containers.h"

#include "base/error.h"
#include "base/log.h"
#include "engine/container/lifecycle/remove.h"
#include "engine/container/lifecycle/start.h"
#include "engine/parts.h"
#include "engine/prune_until.h"

namespace mydock::engine {

Containers::Containers(Parts& parts) : parts_(parts) {}
Containers::~Containers() = default;

std::shared_ptr<Container> Containers::get(std::string_view ref) const {
  return parts_.table.get(ref);
}

std::vector<std::shared_ptr<Container>> Containers::all() const { return parts_.table.all(); }

bool Containers::start(std::string_view ref, const std::stop_token& stop) {
  return start_container(parts_, get(ref), StartCause::user, stop);
}

api::ContainersPruned Containers::prune(const api::Filters& filters, const std::stop_token& stop) {
  filters.require_known({"until", "label", "label!"});
  const std::optional<Time> until = prune_until(filters);
  api::ContainersPruned result;
  for (const auto& container : parts_.table.all()) {
    if (stop.stop_requested()) break;
    const RecordPtr record = container->record();
    const State state = record->status.state;
    const bool stopped = state == State::created || state == State::exited || state == State::dead;
    const api::StringMap& labels = record->config().labels;
    if (!stopped || !filters.allows_labels(labels)) continue;
    if (until && record->definition->created > *until) continue;
    const auto size = parts_.images.snapshots.usage(record->id()).bytes;
    try {
      remove_container(parts_, container, {});
    } catch (const Error& error) {  // one that cannot be removed does not keep the others
      log::warn("prune: container {}: {}", record->id(), error.what());
      continue;
    }
    if (!result.containers_deleted) result.containers_deleted.emplace();
    result.containers_deleted->push_back(record->id());
    result.space_reclaimed += static_cast<std::int64_t>(size);
  }
  parts_.events.publish("container", "prune", "",
                        {{"reclaimed", std::to_string(result.space_reclaimed)}});
  return result;
}

}  // namespace mydock::engine
