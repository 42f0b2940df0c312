#pragma once

#include "api/network_requests.h"
#include "network/records.h"

namespace mydock::engine {

// A create request as src/network takes it. Errors: invalid, forbidden, not_implemented.
network::NetworkSpec network_spec(const api::NetworkCreate& request);

}  // namespace mydock::engine
