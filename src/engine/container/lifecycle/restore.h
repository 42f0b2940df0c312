#pragma once

#include "engine/parts.h"

namespace mydock::engine {

// When the daemon starts: reads the stored containers, adopts those that run, deals with those that
// ended meanwhile, finishes removals, frees what nobody has any more, and starts what policies
// want. One broken row never stops the rest.
void restore(Parts& parts);

}  // namespace mydock::engine
