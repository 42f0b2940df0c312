#include "engine/container/table.h"

#include "base/error.h"

namespace mydock::engine {

bool ContainerTable::try_reserve_name(const std::string& name, const std::string& id) {
  Lock lock(mutex_);
  return names_.emplace(name, id).second;
}

void ContainerTable::reserve_name(const std::string& name, const std::string& id) {
  Lock lock(mutex_);
  const auto [place, taken] = names_.emplace(name, id);
  if (taken) return;
  fail(Kind::conflict,
       "Conflict. The container name \"/{}\" is already in use by container \"{}\". You have to "
       "remove (or rename) that container to be able to reuse that name.",
       name, place->second);
}

void ContainerTable::release_name(const std::string& name, const std::string& id) {
  Lock lock(mutex_);
  const auto place = names_.find(name);
  if (place != names_.end() && place->second == id) names_.erase(place);
}

void ContainerTable::add(std::shared_ptr<Container> container) {
  Lock lock(mutex_);
  const std::string& id = container->id();
  containers_.insert_or_assign(id, std::move(container));
}

void ContainerTable::remove(const std::string& id) {
  Lock lock(mutex_);
  containers_.erase(id);
}

std::shared_ptr<Container> ContainerTable::find(std::string_view ref) const {
  Lock lock(mutex_);
  if (const auto whole = containers_.find(ref); whole != containers_.end()) return whole->second;
  const std::string_view name = ref.starts_with('/') ? ref.substr(1) : ref;
  if (const auto named = names_.find(name); named != names_.end()) {
    const auto place = containers_.find(named->second);
    // A name that is reserved for a container which is still being made does not name one yet.
    if (place != containers_.end()) return place->second;
  }
  if (ref.empty()) return nullptr;
  const auto first = containers_.lower_bound(ref);
  if (first == containers_.end() || !first->first.starts_with(ref)) return nullptr;
  const auto second = std::next(first);
  if (second != containers_.end() && second->first.starts_with(ref)) {
    fail(Kind::invalid, "multiple IDs found with provided prefix: {}", ref);
  }
  return first->second;
}

std::shared_ptr<Container> ContainerTable::get(std::string_view ref) const {
  if (auto found = find(ref)) return found;
  fail(Kind::not_found, "No such container: {}", ref);
}

std::vector<std::shared_ptr<Container>> ContainerTable::all() const {
  Lock lock(mutex_);
  std::vector<std::shared_ptr<Container>> list;
  list.reserve(containers_.size());
  for (const auto& [id, container] : containers_) list.push_back(container);
  return list;
}

}  // namespace mydock::engine
