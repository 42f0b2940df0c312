#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace mydock::archive {

struct DirectoryItem {
  std::string name;
  bool is_directory = false;
};
// Sorted by name, without "." and "..". Works on an O_PATH descriptor too. Errors: system.
std::vector<DirectoryItem> list_directory(const Fd& directory);

}  // namespace mydock::archive
