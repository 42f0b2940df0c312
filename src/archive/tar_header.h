#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"

// The 512-byte blocks of a tar, as POSIX (pax, "ustar Interchange Format") and GNU lay them out.
namespace mydock::archive {

inline constexpr std::size_t kBlock = 512;

struct Field {
  std::size_t offset, size;
};
namespace field {
inline constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12},
    kMtime{136, 12}, kChecksum{148, 8}, kType{156, 1}, kLinkName{157, 100}, kMagic{257, 8},
    kMajor{329, 8}, kMinor{337, 8}, kPrefix{345, 155};
// GNU's old sparse format: four {offset, size} pairs of 12 bytes each, "more follows", the real
// size; in a block of extension 21 pairs and "more follows".
inline constexpr Field kGnuSparse{386, 96}, kGnuExtended{482, 1}, kGnuRealSize{483, 12};
inline constexpr Field kGnuMoreSparse{0, 504}, kGnuMoreExtended{504, 1};
}  // namespace field

inline constexpr std::string_view kUstarMagic{
    "ustar\0"
    "00",
    8};
inline constexpr std::string_view kGnuMagic{"ustar  \0", 8};

inline std::string_view raw(const std::byte* block, Field where) {
  return {reinterpret_cast<const char*>(block) + where.offset, where.size};
}
// Up to the first NUL.
std::string_view text(const std::byte* block, Field where);
// Octal digits, or GNU's base 256. Errors: invalid; `what` names the field.
std::int64_t number(std::string_view value, std::string_view what);
bool is_zero(const std::byte* block);
// The stored checksum is the sum of the bytes, taken as unsigned or (old programs) as signed.
bool checksum_holds(const std::byte* block);

// Padding after `size` bytes of data, up to the next block.
constexpr std::int64_t padding_of(std::int64_t size) {
  return (static_cast<std::int64_t>(kBlock) - size % static_cast<std::int64_t>(kBlock)) %
         static_cast<std::int64_t>(kBlock);
}

}  // namespace mydock::archive
