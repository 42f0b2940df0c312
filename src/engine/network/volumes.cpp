#include "engine/volumes.h"

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "engine/parts.h"

namespace mydock::engine {

namespace {

api::Volume to_api(const volume::Volume& volume) {
  api::Volume view;
  const std::string created = to_rfc3339(std::chrono::time_point_cast<std::chrono::nanoseconds>(
      std::chrono::floor<std::chrono::seconds>(volume.created)));
  view.created_at = created;
  view.driver = volume.driver;
  if (!volume.labels.empty()) view.labels = volume.labels;
  view.mountpoint = volume.mountpoint;
  view.name = volume.name;
  if (!volume.options.empty()) view.options = volume.options;
  return view;
}

std::vector<std::string> users_of(const Parts& parts, std::string_view name) {
  std::vector<std::string> users;
  for (const auto& container : parts.table.all()) {
    const RecordPtr record = container->record();
    const auto& mounts = record->definition->mounts;
    if (std::any_of(mounts.begin(), mounts.end(),
                    [&](const ContainerMount& m) { return m.name == name; })) {
      users.push_back(record->id());
    }
  }
  return users;
}

void publish(Parts& parts, std::string_view action, const volume::Volume& volume) {
  parts.events.publish("volume", action, volume.name, {{"driver", volume.driver}});
}

}  // namespace

std::int64_t Volumes::users(std::string_view name) const {
  return static_cast<std::int64_t>(users_of(parts_, name).size());
}

api::VolumeList Volumes::list(const api::Filters& filters) const {
  filters.require_known({"dangling", "driver", "label", "label!", "name"});
  const auto dangling = filters.flag("dangling");
  api::VolumeList answer;
  for (const volume::Volume& volume : parts_.volumes.list()) {
    const auto& names = filters.values("name");
    const bool named = !filters.contains("name") ||
                       std::any_of(names.begin(), names.end(), [&](const std::string& part) {
                         return volume.name.find(part) != std::string::npos;
                       });
    if (!named || !filters.allows("driver", volume.driver)) continue;
    if (!filters.allows_labels(volume.labels)) continue;
    if (dangling && *dangling != users_of(parts_, volume.name).empty()) continue;
    answer.volumes.push_back(to_api(volume));
  }
  return answer;
}

api::Volume Volumes::inspect(std::string_view name) const {
  return to_api(parts_.volumes.get(name));
}

api::Volume Volumes::create(const api::VolumeCreate& request) {
  const bool is_new = request.name.empty() || !parts_.volumes.find(request.name);
  const volume::Volume volume =
      parts_.volumes.create({.name = request.name,
                             .driver = request.driver,
                             .labels = request.labels.value_or(api::StringMap{}),
                             .options = request.driver_opts.value_or(api::StringMap{})});
  if (is_new) publish(parts_, "create", volume);
  return to_api(volume);
}

void Volumes::remove(std::string_view name, bool force) {
  const auto volume = parts_.volumes.find(name);
  parts_.volumes.remove_unless_used(
      name, [&] { return users_of(parts_, name); }, force);
  if (volume) publish(parts_, "destroy", *volume);
}

api::VolumesPruned Volumes::prune(const api::Filters& filters) {
  filters.require_known({"all", "label", "label!"});
  const bool all = filters.flag("all").value_or(false);
  api::VolumesPruned answer;
  for (const volume::Volume& volume : parts_.volumes.list()) {
    if (!all && !volume.anonymous()) continue;
    if (!filters.allows_labels(volume.labels) || !users_of(parts_, volume.name).empty()) continue;
    const auto size = static_cast<std::int64_t>(image::measure(volume.mountpoint).bytes);
    try {
      parts_.volumes.remove_unless_used(
          volume.name, [&] { return users_of(parts_, volume.name); }, false);
    } catch (const Error& error) {  // a container has just come to use it
      log::warn("prune: volume {}: {}", volume.name, error.what());
      continue;
    }
    publish(parts_, "destroy", volume);
    answer.volumes_deleted.push_back(volume.name);
    answer.space_reclaimed += size;
  }
  parts_.events.publish("volume", "prune", "",
                        {{"reclaimed", std::to_string(answer.space_reclaimed)}});
  return answer;
}

}  // namespace mydock::engine
