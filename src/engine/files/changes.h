#pragma once

#include <string>
#include <vector>

#include "api/container_results.h"
#include "image/snapshots.h"

namespace mydock::engine {

// What an overlay's upper directory changes of its layers, in the order of a walk by name: kind 0
// modified, 1 added, 2 deleted. As Docker: a directory counts as modified when something in it
// does; a file that only was opened for writing does not; the mount points that every container
// gets (/dev, /proc, /etc/hosts, …) do not. A running container may change it meanwhile.
std::vector<api::FileChange> find_changes(const image::OverlayMount& overlay);

}  // namespace mydock::engine
