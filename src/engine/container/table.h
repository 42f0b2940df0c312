#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "engine/container/container.h"

namespace mydock::engine {

// Which containers there are, and whose names are taken. Memory only.
class ContainerTable {
 public:
  // Takes a name before the container exists. Errors: conflict, with Docker's text.
  void reserve_name(const std::string& name, const std::string& id);
  bool try_reserve_name(const std::string& name, const std::string& id);
  void release_name(const std::string& name, const std::string& id);

  void add(std::shared_ptr<Container> container);
  void remove(const std::string& id);

  // Full ID, then name, then an ID's beginning. nullptr: none. Errors: invalid, if several.
  std::shared_ptr<Container> find(std::string_view ref) const;
  std::shared_ptr<Container> get(std::string_view ref) const;  // not_found "No such container: REF"
  std::vector<std::shared_ptr<Container>> all() const;

 private:
  mutable Mutex mutex_{Rank::store};
  std::map<std::string, std::shared_ptr<Container>, std::less<>> containers_ GUARDED_BY(mutex_);
  std::map<std::string, std::string, std::less<>> names_ GUARDED_BY(mutex_);  // name -> id
};

}  // namespace mydock::engine
