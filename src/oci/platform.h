#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace mydock::oci {

struct Platform {
  std::string os;
  std::string architecture;
  std::string variant;
  std::string os_version;
  std::vector<std::string> os_features;
  bool operator==(const Platform&) const = default;
};
template <class V>
void fields(V& v, Of<Platform> auto& p) {
  v("architecture", p.architecture);
  v("os", p.os);
  v.omit_empty("os.version", p.os_version);
  v.omit_empty("os.features", p.os_features);
  v.omit_empty("variant", p.variant);
}

// This machine, normalised; on amd64 with the variant that its CPU has ("", "v2", "v3", "v4").
Platform host_platform();
// "linux/arm64/v8", "arm64", "linux": what is not said is the host's. Normalised (x86_64 is amd64,
// aarch64 is arm64, armhf is arm/v7). Errors: invalid.
Platform parse_platform(std::string_view text);
Platform normalized(Platform platform);
std::string to_string(const Platform& platform);  // "linux/arm64/v8"

// Whether a machine that is `wanted` can run what is built for `offered`: the same os and
// architecture, and a variant that is the same or lower.
bool runs(const Platform& wanted, const Platform& offered);
// Index of the best of `offered` (the highest variant that still runs; nullopt entries are
// candidates of last resort); no value when none runs.
std::optional<std::size_t> choose(const Platform& wanted,
                                  std::span<const std::optional<Platform>> offered);

}  // namespace mydock::oci
