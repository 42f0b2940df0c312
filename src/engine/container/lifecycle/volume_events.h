#pragma once

#include <string_view>

#include "engine/container/record.h"
#include "engine/parts.h"

namespace mydock::engine {

// volume mount / unmount for each of its volumes. `action`: either word.
void publish_volume_events(Parts& parts, const Record& record, std::string_view action);

}  // namespace mydock::engine
