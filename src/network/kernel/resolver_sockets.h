#pragma once

#include "network/kernel.h"

namespace mydock::network {

// Makes the sockets of the calling thread's network namespace, on ports of the kernel's choice, and
// rules that let those inside find them at 127.0.0.11 port 53. Not bound to that port itself: a
// container that runs a name server binds 0.0.0.0:53. The rules rewrite the port of each packet
// without any state, so the namespace pays for no connection tracking.
ResolverSockets open_resolver();

}  // namespace mydock::network
