#pragma once

#include "engine/container/record.h"
#include "engine/parts.h"

namespace mydock::engine {

// Writes hosts, hostname and resolv.conf for this run; with a network namespace of another
// container's it has none of its own.
void write_etc_files(const Parts& parts, const Record& record);
// The directory whose files it sees.
fs::path etc_directory(const Parts& parts, const Record& record);

}  // namespace mydock::engine
