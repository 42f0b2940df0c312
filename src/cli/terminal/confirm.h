#pragma once

#include <string_view>

#include "cli/terminal/console.h"

namespace mydock::cli {

// Asks, as docker's prune commands do. True: the answer began with y.
bool confirm(Console& console, std::string_view warning);

}  // namespace mydock::cli
