#pragma once

#include <string>
#include <vector>

#include "engine/container/record.h"
#include "state/database.h"

namespace mydock::engine {

// The rows of containers. What cannot outlive a power cut anyway is stored relaxed: starts and
// exits, and everything of a container that removes itself.
class ContainerStore {
 public:
  explicit ContainerStore(state::Database& database);

  // With the image store's part of the same transaction.
  void insert(state::Transaction& transaction, const Record& record);
  static state::Durability durability_of(const Record& record);
  // Name, definition and status; an older version than the stored one is left out.
  void save(const Record& record);
  // Status only, relaxed.
  void save_status(const Record& record);
  // The intent to remove it, so that a crash does not leave half of it.
  void save_intent(const Record& record);
  void erase(state::Transaction& transaction, const Record& record);

  // A row that cannot be read has no record, but what is wrong with it.
  struct Row {
    std::string id;
    std::string name;
    std::shared_ptr<const Record> record;
    std::string broken;
  };
  std::vector<Row> load();

 private:
  state::Database& database_;
};

}  // namespace mydock::engine
