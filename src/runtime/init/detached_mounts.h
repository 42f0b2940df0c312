#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/fd.h"

namespace mydock::runtime::init {

// Mounts made outside of the container's namespaces, by somebody with rights that init has not
// there, and attached nowhere yet: init puts them in their places.
struct DetachedMounts {
  Fd root{};                       // no descriptor: init mounts the root itself
  std::map<std::size_t, Fd> at{};  // by index in spec.mounts; the others are init's

  std::map<std::size_t, Fd> devices{};  // by index in spec.linux.devices

  const Fd* find(std::size_t index) const {
    const auto found = at.find(index);
    return found == at.end() ? nullptr : &found->second;
  }
};

}  // namespace mydock::runtime::init
