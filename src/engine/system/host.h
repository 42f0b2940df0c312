#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"

namespace mydock::engine {

// What the host says of itself.
struct HostText {
  std::string kernel;   // release
  std::string machine;  // x86_64
  std::string name;
  std::string os_name;  // PRETTY_NAME of os-release
  std::string os_version;

  static HostText read();
  std::string go_arch() const;  // amd64
};

std::int64_t count_entries(const fs::path& directory);
// A quoted or bare value of os-release(5); empty: not there.
std::string os_release_value(std::string_view text, std::string_view key);

}  // namespace mydock::engine
