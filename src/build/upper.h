#pragma once

#include <set>
#include <string>

#include "base/clock.h"
#include "base/fd.h"

// What is done to a snapshot's upper directory before it becomes a layer.
namespace mydock::build {

// Removes everything that is not one of `paths`, which are absolute below `upper`.
void keep_only(const Fd& upper, const std::set<std::string>& paths);
// No modification time is later than `most` afterwards.
void limit_times(const Fd& upper, Time most);

}  // namespace mydock::build
