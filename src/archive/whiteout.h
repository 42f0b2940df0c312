#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

// image-spec layer.md, "Whiteouts", and how overlayfs says the same.
namespace mydock::archive {

inline constexpr std::string_view kWhiteoutPrefix = ".wh.";
inline constexpr std::string_view kOpaqueName = ".wh..wh..opq";
inline constexpr const char* kOverlayOpaque = "trusted.overlay.opaque";

// The path that an entry's name means below the root it is unpacked to: no leading slash, no "."
// and
// ".." parts; "" is the root itself. Errors: invalid (it leads outside, holds NUL, a part longer
// than 255 bytes, a whole longer than 4095).
std::string path_of(std::string_view entry_name);

enum class Mark { none, whiteout, opaque, metadata /* of aufs: to be skipped */ };
struct Marked {
  Mark mark = Mark::none;
  std::string hidden;  // whiteout: the name that is gone
};
// What the last part of a path says. Errors: invalid (".wh.", ".wh..", ".wh...").
Marked read_mark(std::string_view base);

// Makes the directory hide what lower layers have in it.
void set_opaque(const Fd& directory);
bool is_opaque(const Fd& directory);

}  // namespace mydock::archive
