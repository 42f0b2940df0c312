#include "image/schema.h"

#include <array>

namespace mydock::image {

namespace {

// image_snapshots.directory is a name below layers/; committed snapshots have their ChainID as key.
// image_layers.tar_size is of the uncompressed changeset. What can be derived is not here.
constexpr std::array<std::string_view, 3> kSteps = {R"(
CREATE TABLE image_snapshots(
  key TEXT PRIMARY KEY,
  parent TEXT REFERENCES image_snapshots(key),
  directory TEXT NOT NULL UNIQUE,
  committed INTEGER NOT NULL,
  bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX image_snapshots_parent ON image_snapshots(parent);
CREATE TABLE image_layers(
  chain TEXT PRIMARY KEY REFERENCES image_snapshots(key) ON DELETE CASCADE,
  diff TEXT NOT NULL,
  blob TEXT NOT NULL,
  blob_size INTEGER NOT NULL,
  tar_size INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX image_layers_blob ON image_layers(blob);
CREATE TABLE image_images(
  id TEXT PRIMARY KEY,
  chain TEXT REFERENCES image_snapshots(key),
  parent TEXT,
  tagged INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX image_images_chain ON image_images(chain);
CREATE TABLE image_names(
  name TEXT PRIMARY KEY,
  image TEXT NOT NULL REFERENCES image_images(id) ON DELETE CASCADE) WITHOUT ROWID;
CREATE INDEX image_names_image ON image_names(image);
)",
                                                    R"(
CREATE TABLE image_keeps(
  owner TEXT NOT NULL,
  chain TEXT NOT NULL REFERENCES image_snapshots(key) ON DELETE CASCADE,
  PRIMARY KEY(owner, chain)) WITHOUT ROWID;
CREATE INDEX image_keeps_chain ON image_keeps(chain);
)",
                                                    R"(
CREATE TABLE image_manifests(
  image TEXT PRIMARY KEY REFERENCES image_images(id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  media_type TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX image_manifests_digest ON image_manifests(digest);
)"};

}  // namespace

void make_schema(state::Database& database) { database.migrate("image", kSteps); }

}  // namespace mydock::image
