#pragma once

#include "state/database.h"

namespace mydock::image {

// The tables of this module: image_snapshots (snapshots.cpp), image_layers (layers.cpp),
// image_images and image_names (images.cpp).
void make_schema(state::Database& database);

}  // namespace mydock::image
