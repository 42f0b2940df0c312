#pragma once

#include "api/system.h"
#include "daemon/call.h"

namespace mydock::daemon {

// The X-Registry-Auth header. Garbage counts as none, as dockerd has it.
api::AuthConfig registry_auth(const Call& call);

}  // namespace mydock::daemon
