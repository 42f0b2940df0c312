#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "build/expand.h"

namespace mydock::build {

// RUN --mount=…
struct MountFlag {
  enum class Type { bind, cache, tmpfs, secret };
  Type type = Type::bind;
  std::string target;          // absolute and clean; empty: a secret that is only an env
  std::string source;          // below `from`
  std::string from;            // a stage, its number or an image; empty: the context
  std::string id;              // cache, secret
  std::string sharing;         // cache: shared, private, locked
  std::string env;             // secret
  std::optional<mode_t> mode;  // cache, secret
  std::uint32_t uid = 0;       // cache, secret
  std::uint32_t gid = 0;
  std::int64_t size = 0;  // tmpfs
  bool read_only = false;
  bool required = false;  // secret
};

// Reads one flag's value. `workdir`: what a relative target begins at. Errors: invalid, in
// BuildKit's words; not_implemented (ssh).
MountFlag parse_mount(std::string_view text, std::string_view workdir, const Variables& variables,
                      char escape);

}  // namespace mydock::build
