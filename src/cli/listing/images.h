#pragma once

#include <vector>

#include "api/image_list.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

Listing image_listing(bool with_digests);
// A row for each name; with `digests`, for each pair of name and digest.
void add_image_rows(const api::ImageSummary& image, bool truncate, bool digests,
                    std::vector<Value>& rows);

Listing history_listing(bool human);
Value history_row(const api::ImageHistoryEntry& entry, bool truncate, bool human);

}  // namespace mydock::cli
