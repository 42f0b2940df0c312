#pragma once

#include <string>
#include <vector>

#include "base/root.h"

namespace mydock::engine {

// A read-only view of layers (directories, top first), mounted nowhere: it goes with the
// descriptor. Errors: system; invalid when there are none.
Root open_layers(const std::vector<std::string>& layers);

}  // namespace mydock::engine
