#include "image/store.h"

#include "image/schema.h"

namespace mydock::image {

namespace {

state::Database& with_schema(state::Database& database) {
  make_schema(database);
  return database;
}

}  // namespace

Store::Store(const fs::path& data_root, state::Database& database, Jobs* jobs)
    : trash(data_root / "trash", jobs),
      content(data_root),
      snapshots(data_root, with_schema(database), trash),
      layers(database, content, snapshots),
      images(database, content, layers),
      manifests(database, content),
      downloads(data_root, content) {}

std::vector<std::string> Store::recover() {
  std::vector<std::string> complaints = snapshots.recover();
  for (std::string& complaint : images.recover()) complaints.push_back(std::move(complaint));
  downloads.recover();
  return complaints;
}

}  // namespace mydock::image
