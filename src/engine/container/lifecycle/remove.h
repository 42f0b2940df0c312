#pragma once

#include <memory>

#include "engine/container/container.h"
#include "engine/containers.h"
#include "engine/parts.h"

namespace mydock::engine {

// Of a container whose process is gone. Errors: conflict, if it runs (with `force` it must have
// been killed before), or if another removal is under way.
void remove_container(Parts& parts, const std::shared_ptr<Container>& container,
                      const RemoveOptions& options);
// What a removal does once its intent is stored; restore() finishes a removal with it.
void finish_removal(Parts& parts, const std::shared_ptr<Container>& container);

}  // namespace mydock::engine
