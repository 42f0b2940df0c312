#include <map>

#include "base/error.h"
#include "image/catalog.h"
#include "image/images.h"

namespace mydock::image {

namespace {

struct ImageRow {
  oci::Digest id;
  std::optional<oci::Digest> parent;
  Time tagged{};
};

std::vector<ImageRow> image_rows(state::Database& database) {
  std::vector<ImageRow> rows;
  state::Reading reading(database);
  state::Statement row = reading.query("SELECT id, parent, tagged FROM image_images");
  while (row.step()) {
    const auto id = oci::Digest::find(row.text(0));
    if (!id) continue;  // no such row is ever written
    rows.push_back({*id, oci::Digest::find(row.text(1)), row.time(2)});
  }
  return rows;
}

// A name that does not parse is not put into the catalogue, and its row stays.
std::vector<std::string> put_names(state::Database& database, Catalog& catalog) {
  std::vector<std::string> complaints;
  std::map<oci::Digest, std::vector<oci::Reference>> names;
  {
    state::Reading reading(database);
    state::Statement row = reading.query("SELECT name, image FROM image_names");
    while (row.step()) {
      try {
        names[oci::Digest::parse(row.text(1))].push_back(oci::Reference::parse_name(row.text(0)));
      } catch (const Error& error) {
        complaints.push_back(fmt::format("image name {}: {}", row.text(0), error.what()));
      }
    }
  }
  for (const auto& [id, list] : names) {
    if (const ImagePtr image = catalog.find(id)) catalog.name(list, id, image->tagged);
  }
  return complaints;
}

}  // namespace

std::vector<std::string> Images::recover() {
  std::vector<std::string> complaints;
  auto next = std::make_shared<Catalog>();
  for (const ImageRow& row : image_rows(database_)) {
    Image image;
    try {
      image = *read_image(row.id, content_.read(row.id), row.parent);
    } catch (const Error& error) {
      image.id = row.id;
      image.parent = row.parent;
      image.damage = error.message();
      complaints.push_back(fmt::format("image {}: {}", row.id.str(), error.what()));
    }
    image.tagged = row.tagged;
    next->put(std::move(image));
  }
  for (std::string& complaint : put_names(database_, *next)) {
    complaints.push_back(std::move(complaint));
  }
  publish(next);
  collect();
  layers_.sweep_blobs();
  return complaints;
}

}  // namespace mydock::image
