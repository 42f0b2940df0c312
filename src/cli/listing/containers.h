#pragma once

#include <string>
#include <vector>

#include "api/container_list.h"
#include "cli/listing/listing.h"

namespace mydock::cli {

Listing container_listing(bool with_size);
Value container_row(const api::ContainerSummary& container, bool truncate);
// "0.0.0.0:80->80/tcp, 443/tcp": neighbours with the same number on both sides in one range.
std::string display_ports(std::vector<api::PortSummary> ports);

}  // namespace mydock::cli
