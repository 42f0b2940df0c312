#pragma once

#include "api/network.h"
#include "cli/arguments.h"

namespace mydock::cli {

// --subnet, --gateway, --ip-range, --aux-address and their kin of network create: each address goes
// to the subnet that it lies in. Errors: invalid, in docker's words.
api::Ipam read_ipam(const Flags& flags);

}  // namespace mydock::cli
