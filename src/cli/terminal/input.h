#pragma once

#include <string>

#include "base/fd.h"

namespace mydock::cli {

// A file that the user named, for reading. Errors: system, in docker's words: "open x: no such …".
Fd open_input(const std::string& path);

}  // namespace mydock::cli
