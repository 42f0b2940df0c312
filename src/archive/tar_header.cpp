#include "archive/tar_header.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace mydock::archive {

std::string_view text(const std::byte* block, Field where) {
  const std::string_view all = raw(block, where);
  return all.substr(0, std::min(all.find('\0'), all.size()));
}

namespace {

std::int64_t base256(std::string_view value, std::string_view what) {
  // Two's complement, the top bit being the mark of the format.
  const auto first = static_cast<unsigned char>(value[0]);
  const bool negative = (first & 0x40U) != 0;
  std::uint64_t result = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto byte = static_cast<unsigned char>(value[i]);
    if (i == 0) byte = static_cast<unsigned char>(negative ? byte | 0x80U : byte & 0x7FU);
    const auto top = static_cast<unsigned char>(result >> 56U);
    if (top != (negative ? 0xFF : 0)) fail(Kind::invalid, "tar: {} is out of range", what);
    result = (result << 8U) | byte;
  }
  if ((result >> 63U) != (negative ? 1U : 0U)) fail(Kind::invalid, "tar: {} is out of range", what);
  return static_cast<std::int64_t>(result);
}

}  // namespace

std::int64_t number(std::string_view value, std::string_view what) {
  if ((static_cast<unsigned char>(value[0]) & 0x80U) != 0) return base256(value, what);
  const std::size_t begin = std::min(value.find_first_not_of(" \0"), value.size());
  value.remove_prefix(begin);
  value = value.substr(0, std::min(value.find_first_of(std::string_view(" \0", 2)), value.size()));
  std::uint64_t result = 0;
  for (const char c : value) {
    if (c < '0' || c > '7') fail(Kind::invalid, "tar: {} is not a number", what);
    result = result * 8 + static_cast<unsigned>(c - '0');  // 12 digits at most: no overflow
  }
  return static_cast<std::int64_t>(result);
}

bool is_zero(const std::byte* block) {
  return block[0] == std::byte{0} && std::memcmp(block, block + 1, kBlock - 1) == 0;
}

bool checksum_holds(const std::byte* block) {
  std::int64_t as_unsigned = 0;
  std::int64_t as_signed = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool blank =
        i >= field::kChecksum.offset && i < field::kChecksum.offset + field::kChecksum.size;
    const auto byte =
        blank ? static_cast<unsigned char>(' ') : std::to_integer<unsigned char>(block[i]);
    as_unsigned += byte;
    as_signed += static_cast<signed char>(byte);
  }
  const std::int64_t stored = number(raw(block, field::kChecksum), "the checksum");
  return stored == as_unsigned || stored == as_signed;
}

}  // namespace mydock::archive
